import type { RefName, Sha } from '../ids.ts'

export type BaseRule =
  | 'given'
  | 'base-commit'
  | 'prerequisite'
  | 'depends-on'
  | 'prefix'
  | 'blob-index'
  | 'trial'
  | 'green'
  | 'default'

/** One rung of the ladder: what was tried and what came of it. */
export interface BaseRung {
  readonly rule: BaseRule
  readonly taken: boolean
  /** One sentence: what it found, and why it was taken or not. */
  readonly finding: string
}

export type BaseChoice =
  | {
      readonly outcome: 'chosen'
      readonly base: Sha
      readonly rule: BaseRule
      /** The branch the base lies on, where the rule knows it. */
      readonly branch: RefName | null
      readonly rungs: readonly BaseRung[]
    }
  | { readonly outcome: 'base-missing'; readonly rungs: readonly BaseRung[] }
