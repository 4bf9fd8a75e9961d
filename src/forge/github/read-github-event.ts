import { z } from 'zod'
import { type RefName, type Sha, toSha } from '../../core/ids.ts'
import type { ForgeEvent, ForgeHint } from '../../core/pull-request/forge-event.ts'

/** One delivery, as its headers and body say. */
export interface GithubDelivery {
  /** `X-GitHub-Event`. */
  readonly name: string
  /** `X-GitHub-Delivery`. */
  readonly id: string
  /** Parsed. */
  readonly payload: unknown
}

const sha = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
  .transform(toSha)
const ofRepository = z.object({ repository: z.object({ full_name: z.string().min(1) }) })
const withAction = z.object({ action: z.string() })
const number = z.number().int().positive()

type Read = (payload: unknown) => ForgeHint | null

/** Reads what `schema` names, and nothing where it is not there. */
function reading<T>(schema: z.ZodType<T>, toHint: (value: T) => ForgeHint | null): Read {
  return (payload) => {
    const read = schema.safeParse(payload)
    return read.success ? toHint(read.data) : null
  }
}

function checksChanged(of: Sha, isEnd: boolean): ForgeHint {
  return { kind: 'checks-changed', sha: of, isEnd }
}

/** The four events of CI have one form: an action, and a thing of the event's name with a head. */
function readingChecks(name: string): Read {
  return reading(
    withAction.extend({ [name]: z.object({ head_sha: sha }) }) as unknown as z.ZodType<
      Record<string, { readonly head_sha: Sha }> & { readonly action: string }
    >,
    (value) => {
      const head = value[name]?.head_sha
      return head === undefined ? null : checksChanged(head, value.action === 'completed')
    },
  )
}

const pullRequestActions = new Set([
  'opened',
  'closed',
  'reopened',
  'edited',
  'synchronize',
  'labeled',
  'unlabeled',
  'converted_to_draft',
  'ready_for_review',
])

const events: Readonly<Record<string, Read>> = {
  check_run: readingChecks('check_run'),
  check_suite: readingChecks('check_suite'),
  workflow_run: readingChecks('workflow_run'),
  workflow_job: readingChecks('workflow_job'),
  status: reading(z.object({ sha, state: z.string() }), ({ sha: of, state }) =>
    checksChanged(of, state !== 'pending'),
  ),
  pull_request: reading(
    withAction.extend({ pull_request: z.object({ number }) }),
    ({ action, pull_request }) =>
      pullRequestActions.has(action)
        ? { kind: 'pull-request-changed', pullRequest: pull_request.number }
        : null,
  ),
  issue_comment: reading(
    // An issue that is no pull request has no such field.
    withAction.extend({ issue: z.object({ number, pull_request: z.looseObject({}) }) }),
    ({ issue }) => ({ kind: 'commented', pullRequest: issue.number }),
  ),
  pull_request_review: reading(
    withAction.extend({ pull_request: z.object({ number }) }),
    ({ pull_request }) => ({ kind: 'reviewed', pullRequest: pull_request.number }),
  ),
  pull_request_review_comment: reading(
    withAction.extend({ pull_request: z.object({ number }) }),
    ({ pull_request }) => ({ kind: 'reviewed', pullRequest: pull_request.number }),
  ),
  push: reading(z.object({ ref: z.string().startsWith('refs/') }), ({ ref }) => ({
    kind: 'pushed',
    ref: ref as RefName,
  })),
}

/**
 * What a delivery of GitHub hints at. Null for events that the bot does not use, that are about no repository, or that lack
 * what is needed; fields that it does not know are nothing to it. Whether the repository is one of ours is for the caller.
 */
export function readGithubEvent({ name, id, payload }: GithubDelivery): ForgeEvent | null {
  const read = Object.hasOwn(events, name) ? events[name] : undefined
  const about = ofRepository.safeParse(payload)
  const hint = about.success ? (read?.(payload) ?? null) : null
  return hint === null || !about.success
    ? null
    : { deliveryId: id, repository: about.data.repository.full_name, hint }
}
