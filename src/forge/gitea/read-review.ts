import type { Sha } from '../../core/ids.ts'
import type {
  DiffAnchor,
  Review,
  ReviewComment,
  ReviewState,
} from '../../core/pull-request/review.ts'
import { markerKey } from '../marker.ts'
import { readAccount } from './accounts.ts'
import type { RemarkAnswer, ReviewAnswer } from './answers.ts'
import { lastLineOfHunk } from './diff-lines.ts'

const states = new Map<string, ReviewState>([
  ['APPROVED', 'approved'],
  ['REQUEST_CHANGES', 'changes-requested'],
  ['COMMENT', 'commented'],
])

/** Null for what is none: a draft that nobody submitted, and a request for a review. */
export function readReview(
  review: ReviewAnswer,
  remarks: readonly RemarkAnswer[],
  login: string,
): Review | null {
  const state = states.get(review.state)
  if (state === undefined) {
    return null
  }
  return {
    id: String(review.id),
    url: review.html_url,
    author: readAccount(review.user, login),
    state: review.dismissed === true ? 'dismissed' : state,
    body: review.body,
    key: review.user.login === login ? markerKey(review.body) : null,
    commit: review.commit_id as Sha,
    submittedAt: review.submitted_at,
    comments: remarks
      .toSorted((a, b) => a.id - b.id)
      .map((remark) => readRemark(remark, review.commit_id as Sha, login)),
  }
}

/**
 * `commit`: of its review. What the remark itself names is the commit that wrote the line (`LineBlame` of the server), in which
 * since Forgejo 16 the line may have another number: the end of the hunk says which line it is in the diff.
 */
function readRemark(remark: RemarkAnswer, commit: Sha, login: string): ReviewComment {
  return {
    id: String(remark.id),
    url: remark.html_url,
    author: readAccount(remark.user, login),
    body: remark.body,
    key: remark.user.login === login ? markerKey(remark.body) : null,
    anchor: anchorOf(remark),
    path: remark.path,
    commit,
    diffHunk: remark.diff_hunk,
    inReplyTo: null,
    createdAt: remark.created_at,
    updatedAt: remark.updated_at,
  }
}

function anchorOf(remark: RemarkAnswer): DiffAnchor | null {
  const side = remark.position > 0 ? 'new' : 'old'
  const written = remark.position > 0 ? remark.position : remark.original_position
  if (written <= 0) {
    return null
  }
  const more = remark.extra_lines_count ?? 0
  const line = lastLineOfHunk(remark.diff_hunk, side) ?? written + more
  return { path: remark.path, line, startLine: more > 0 ? line - more : null, side }
}
