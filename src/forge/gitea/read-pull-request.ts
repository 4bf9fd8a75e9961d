import type { RefName, Sha } from '../../core/ids.ts'
import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import type { PullRequestAnswer } from './answers.ts'
import { readDraftTitle } from './draft-title.ts'
import { headRefOf, markedHead, toBranchRef } from './pull-request-heads.ts'

/** A marker of the head was added by this driver, and nobody else need know it. */
function withoutMarker(body: string): string {
  return body.slice(0, body.lastIndexOf('<!-- ')).trimEnd()
}

/** Null for one whose head is lost: its repository is gone, and so is the commit. */
export function readPullRequest(pull: PullRequestAnswer, login: string): PullRequest | null {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(pull.head.sha)) {
    return null
  }
  return {
    number: pull.number,
    url: pull.html_url,
    state: pull.merged === true ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
    ...readDraftTitle(pull.title),
    body: markedHead(pull, login) === null ? pull.body : withoutMarker(pull.body),
    headRef: headRefOf(pull, login) ?? (pull.head.ref as RefName),
    headSha: pull.head.sha as Sha,
    baseRef: toBranchRef(pull.base.ref),
    labels: pull.labels.map(({ name }) => name).toSorted(),
    updatedAt: pull.updated_at,
  }
}
