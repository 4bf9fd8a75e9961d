import type { MessageId, RefName, Sha } from '../ids.ts'

/** How one patch reached the tree; `git`: left to git whole. */
export type AppliedHow = 'clean' | 'offset' | '3way' | 'already-applied' | 'git'

export interface AppliedCommit {
  readonly number: number
  readonly messageId: MessageId
  /** Null for a patch that the base had already. */
  readonly sha: Sha | null
  readonly tree: Sha
  readonly how: AppliedHow
}

/** A hunk that does not fit the file where it has to be applied. */
export interface ConflictHunk {
  readonly path: string
  /** Where the patch expects it to begin in the file. */
  readonly line: number
  /** Its `@@` line. */
  readonly header: string
}

/** A commit older than the base that was taken, on which the whole series applies. */
export interface OlderBase {
  readonly sha: Sha
  /** The first candidate branch that has it; null when none has. */
  readonly branch: RefName | null
  readonly committedAt: Date
}

export interface Conflict {
  readonly number: number
  readonly messageId: MessageId
  readonly paths: readonly string[]
  /** What git said, paths of this machine removed. */
  readonly output: string
  /** Those of `paths` that do not apply as they stand; empty where a file is not there at all, or the patch is no diff. */
  readonly hunks: readonly ConflictHunk[]
  /** Null when the bounded search found none, or nobody looked. */
  readonly olderBase: OlderBase | null
}

/** What came of applying one version on one base. */
export type Application =
  | {
      readonly outcome: 'applied'
      readonly head: Sha
      readonly tree: Sha
      readonly commits: readonly AppliedCommit[]
    }
  /** Every patch is already in the base, which is the head. */
  | {
      readonly outcome: 'empty'
      readonly head: Sha
      readonly tree: Sha
      readonly commits: readonly AppliedCommit[]
    }
  | {
      readonly outcome: 'conflict'
      /** The commits before the conflict. */
      readonly commits: readonly AppliedCommit[]
      readonly conflict: Conflict
    }
