import { z } from 'zod'

/** Of what the servers send, the few fields that are read; all else is passed over, and nothing has to be there. */

const repository = z.object({ full_name: z.string() })
const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)

export const anyPayload = z.object({ repository })

export const pushPayload = z.object({ ref: z.string() })

/** `create` and `delete` name a branch or tag as people do. */
export const refPayload = z.object({ ref: z.string(), ref_type: z.enum(['branch', 'tag']) })

export const pullRequestPayload = z.union([
  z.object({ number: z.number() }),
  z.object({ pull_request: z.object({ number: z.number() }) }).transform((payload) => ({
    number: payload.pull_request.number,
  })),
])

export const issueCommentPayload = z.object({
  is_pull: z.boolean().nullish(),
  issue: z.object({ number: z.number(), pull_request: z.unknown().optional() }),
})

/** Forgejo's, of a run that ended: no `repository` of its own. */
export const actionRunPayload = z.object({
  run: z.object({ commit_sha: sha, repository: repository.nullish() }),
})

export const workflowPayload = z.object({
  action: z.string().nullish(),
  workflow_run: z.object({ head_sha: sha }).nullish(),
  workflow_job: z.object({ head_sha: sha }).nullish(),
})

export const statusPayload = z.union([
  z.object({ sha, state: z.string().nullish() }),
  z
    .object({ commit: z.object({ id: sha }), state: z.string().nullish() })
    .transform(({ commit, state }) => ({ sha: commit.id, state })),
])
