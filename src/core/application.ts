import type { MessageId, Sha } from './ids.ts'

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

export interface Conflict {
  readonly number: number
  readonly messageId: MessageId
  readonly paths: readonly string[]
  /** What git said, paths of this machine removed. */
  readonly output: string
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
