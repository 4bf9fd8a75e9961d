import { toSha } from '../../core/ids.ts'
import type {
  DiffAnchor,
  Review,
  ReviewComment,
  ReviewState,
} from '../../core/pull-request/review.ts'
import { toAccount } from './github-repository.ts'

interface UserData {
  readonly login: string
  readonly type?: string
}

export interface ReviewData {
  readonly id: number
  readonly html_url: string
  readonly user: UserData | null
  readonly state: string
  readonly body: string
  readonly commit_id: string | null
  readonly submitted_at?: string
}

export interface RemarkData {
  readonly id: number
  readonly html_url: string
  readonly user: UserData | null
  readonly body: string
  readonly path: string
  readonly commit_id: string
  readonly original_commit_id: string
  readonly line?: number
  readonly original_line?: number
  readonly start_line?: number | null
  readonly original_start_line?: number | null
  readonly side?: string
  readonly subject_type?: string
  readonly diff_hunk: string
  readonly in_reply_to_id?: number
  readonly pull_request_review_id: number | null
  readonly created_at: string
  readonly updated_at: string
}

const states: Readonly<Record<string, ReviewState>> = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes-requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
}

/** Null for a draft that nobody submitted. */
export function toReviewState(state: string): ReviewState | null {
  return states[state] ?? null
}

/** `line` moves with the head and goes when the line does; the original stays. */
function toAnchor(data: RemarkData): DiffAnchor | null {
  const line = data.original_line ?? data.line ?? null
  if (line === null || data.subject_type === 'file') {
    return null
  }
  return {
    path: data.path,
    line,
    startLine: data.original_start_line ?? data.start_line ?? null,
    side: data.side === 'LEFT' ? 'old' : 'new',
  }
}

export function toReviewComment(data: RemarkData): Omit<ReviewComment, 'key'> {
  return {
    id: String(data.id),
    url: data.html_url,
    author: toAccount(data.user),
    body: data.body,
    anchor: toAnchor(data),
    path: data.path,
    commit: toSha(data.original_commit_id),
    diffHunk: data.diff_hunk,
    inReplyTo: data.in_reply_to_id === undefined ? null : String(data.in_reply_to_id),
    createdAt: new Date(data.created_at),
    updatedAt: new Date(data.updated_at),
  }
}

/** What git writes where there is no object: GitHub tells no commit of a review whose commit is gone. */
const noCommit = '0'.repeat(40)

export function toReview(
  data: ReviewData,
  state: ReviewState,
  comments: readonly ReviewComment[],
): Omit<Review, 'key'> {
  return {
    id: String(data.id),
    url: data.html_url,
    author: toAccount(data.user),
    state,
    body: data.body,
    commit: toSha(data.commit_id ?? comments[0]?.commit ?? noCommit),
    submittedAt: new Date(data.submitted_at ?? 0),
    comments,
  }
}
