import type { Sha } from '../ids.ts'
import type { ForgeAccount } from './forge-comment.ts'

/** A place in a diff, by lines of a file. */
export interface DiffAnchor {
  readonly path: string
  /** The last line meant, from 1. */
  readonly line: number
  /** The first line meant, where it is more than one; null for a single line. */
  readonly startLine: number | null
  /** `new`: lines of the file after the change; `old`: of the file before it, deleted ones. */
  readonly side: 'new' | 'old'
}

/** One remark on some lines, or on a file as a whole. */
export interface ReviewComment {
  readonly id: string
  readonly url: string
  readonly author: ForgeAccount
  readonly body: string
  /** Of our hidden marker, where we wrote it. */
  readonly key: string | null
  /** Where it was made, in the diff of `commit`; null for a remark on a whole file. */
  readonly anchor: DiffAnchor | null
  readonly path: string
  /** The commit it was made on, whatever the head is now. */
  readonly commit: Sha
  /** The lines it was made on, as a unified hunk that ends at the line meant; empty where the forge gives none. */
  readonly diffHunk: string
  /** The remark that it answers; null for the first of a thread, and where a forge does not tell. */
  readonly inReplyTo: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export type ReviewState = 'approved' | 'changes-requested' | 'commented' | 'dismissed'

/** What one person submitted at one time. Drafts that nobody submitted are not shown. */
export interface Review {
  readonly id: string
  readonly url: string
  readonly author: ForgeAccount
  readonly state: ReviewState
  readonly body: string
  /** Of our hidden marker, where we wrote it. */
  readonly key: string | null
  readonly commit: Sha
  readonly submittedAt: Date
  readonly comments: readonly ReviewComment[]
}

/** A review that we write: always a comment, never a vote. */
export interface ReviewDraft {
  readonly commit: Sha
  readonly body: string
  readonly comments: readonly (DiffAnchor & { readonly body: string })[]
}
