import type { RefName, Sha } from '../ids.ts'

/**
 * Labels that begin so are ours to set and to take away; all others belong to people.
 * @public
 */
export const labelPrefix = 'series/'

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly draft: boolean
  /** Without what marks a draft. */
  readonly title: string
  /** As the forge has it; the branch says whose it is, so it has no marker. */
  readonly body: string
  readonly headRef: RefName
  readonly headSha: Sha
  readonly baseRef: RefName
  /** All of them, sorted. */
  readonly labels: readonly string[]
  readonly updatedAt: Date
}

/**
 * Where the head of a pull request lives. `fork`: in a repository of the bot; `agit`: nowhere, it is pushed to
 * `refs/for/`; `secretless-mirror`: in the mirror, which has no secrets; `same-repo`: in the mirror, which may have some.
 */
export type Placement = 'fork' | 'agit' | 'secretless-mirror' | 'same-repo'
