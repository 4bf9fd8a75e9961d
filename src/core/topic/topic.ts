import type { RefName, Sha, TopicId } from '../ids.ts'
import type { Mailbox } from '../message.ts'

/** Where the newest version of a topic stands. */
export type TopicState =
  | 'incomplete'
  | 'waiting'
  | 'silent'
  | 'held'
  | 'conflict'
  | 'base-missing'
  | 'empty'
  | 'testing'
  | 'success'
  | 'failure'
  | 'error'
  | 'no-checks'
  | 'problem'
  | 'merged'
  | 'withdrawn'
  /** It was published or reported, and people moved all its versions to other topics since. */
  | 'moved'

/** All versions of one patch set, as the list of topics shows it. */
export interface Topic {
  readonly topic: TopicId
  readonly project: string
  /** Part of the branch name; fixed with the topic id. */
  readonly slug: string
  /** True once published or reported: id and slug never change again. */
  readonly isFixed: boolean
  readonly name: string
  readonly submitter: Mailbox
  /** Newest version, `2` or `5.1`. */
  readonly version: string
  readonly state: TopicState
  readonly verdict: 'success' | 'failure' | 'error' | 'no-checks' | null
  readonly branch: RefName | null
  readonly head: Sha | null
  readonly pullRequest: number | null
  readonly createdAt: Date
  readonly updatedAt: Date
}
