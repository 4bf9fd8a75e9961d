import type { z } from 'zod'
import type { RefName, Sha } from '../../core/ids.ts'
import type { ForgeEvent, ForgeHint } from '../../core/pull-request/forge-event.ts'
import {
  actionRunPayload,
  anyPayload,
  issueCommentPayload,
  pullRequestPayload,
  pushPayload,
  refPayload,
  statusPayload,
  workflowPayload,
} from './webhook-payloads.ts'

type Read = (payload: unknown) => ForgeHint | null

/** A hint where the payload has what it needs, else none: a version may well send something else under this name. */
function by<T>(schema: z.ZodType<T>, hint: (payload: T) => ForgeHint | null): Read {
  return (payload) => {
    const result = schema.safeParse(payload)
    return result.success ? hint(result.data) : null
  }
}

const pullRequestChanged = by(pullRequestPayload, ({ number }) => ({
  kind: 'pull-request-changed',
  pullRequest: number,
}))

const reviewed = by(pullRequestPayload, ({ number }) => ({ kind: 'reviewed', pullRequest: number }))

const commented = by(issueCommentPayload, ({ is_pull, issue }) =>
  is_pull === true || (issue.pull_request ?? null) !== null
    ? { kind: 'commented', pullRequest: issue.number }
    : null,
)

const refMoved = by(refPayload, ({ ref, ref_type }) => ({
  kind: 'pushed',
  ref: (ref.startsWith('refs/')
    ? ref
    : `refs/${ref_type === 'tag' ? 'tags' : 'heads'}/${ref}`) as RefName,
}))

const runEnded = by(actionRunPayload, ({ run }) => ({
  kind: 'checks-changed',
  sha: run.commit_sha as Sha,
  isEnd: true,
}))

const workflowMoved = by(workflowPayload, ({ action, workflow_run, workflow_job }) => {
  const { head_sha: sha } = workflow_run ?? workflow_job ?? {}
  return sha === undefined
    ? null
    : { kind: 'checks-changed', sha: sha as Sha, isEnd: action === 'completed' }
})

/** By `X-Gitea-Event`; what begins with `pull_request` and is not here is a change of a pull request. */
const readers: ReadonlyMap<string, Read> = new Map(
  Object.entries<Read>({
    push: by(pushPayload, ({ ref }) => ({ kind: 'pushed', ref: ref as RefName })),
    create: refMoved,
    delete: refMoved,
    issue_comment: commented,
    pull_request_comment: (payload) => commented(payload) ?? reviewed(payload),
    pull_request_approved: reviewed,
    pull_request_rejected: reviewed,
    pull_request_review_approved: reviewed,
    pull_request_review_rejected: reviewed,
    pull_request_review_comment: reviewed,
    action_run_success: runEnded,
    action_run_failure: runEnded,
    action_run_recover: runEnded,
    workflow_run: workflowMoved,
    workflow_job: workflowMoved,
    status: by(statusPayload, ({ sha, state }) => ({
      kind: 'checks-changed',
      sha: sha as Sha,
      isEnd: state !== 'pending',
    })),
  }),
)

/**
 * What one delivery hints at: `event` as in `X-Gitea-Event`. Null for one that is not used, and for a payload that lacks
 * what is needed: polling finds out.
 */
export function readGiteaEvent(
  event: string,
  deliveryId: string,
  payload: unknown,
): ForgeEvent | null {
  const read = readers.get(event) ?? (event.startsWith('pull_request') ? pullRequestChanged : null)
  const hint = read?.(payload) ?? null
  const repository =
    anyPayload.safeParse(payload).data?.repository ??
    actionRunPayload.safeParse(payload).data?.run.repository
  return hint === null || repository === null || repository === undefined
    ? null
    : { deliveryId, repository: repository.full_name, hint }
}
