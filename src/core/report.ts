import type { Conflict } from './application.ts'
import type { BaseRule } from './base-choice.ts'
import type { Check } from './check.ts'
import type { MessageId, RefName, Sha, TopicId } from './ids.ts'
import type { Mailbox } from './message.ts'
import type { Problem } from './problem.ts'
import type { MailingList, ReportKind } from './project.ts'

/** What was tested, and how anybody gets it. */
export interface TestedState {
  readonly base: Sha
  readonly baseRule: BaseRule
  /** Said only when it is news, such as a base-commit that could not be had. */
  readonly baseNote: string | null
  readonly head: Sha
  /** `git fetch <url> <ref>` gives the head. */
  readonly fetchUrl: string
  readonly fetchRef: RefName
}

/** Everything a mail or comment says; the text is a pure function of this. */
export interface Report {
  readonly kind: ReportKind
  readonly project: string
  readonly list: MailingList
  readonly topic: TopicId
  readonly name: string
  readonly version: string
  readonly total: number
  readonly submitter: Mailbox
  /** The mail it answers: the cover, the first patch, or the patch concerned. */
  readonly answers: {
    readonly messageId: MessageId
    readonly references: readonly MessageId[]
    readonly subject: string
    readonly to: readonly Mailbox[]
    readonly cc: readonly Mailbox[]
  }
  readonly tested: TestedState | null
  readonly failures: readonly Check[]
  readonly alreadyBroken: readonly Check[]
  readonly successes: readonly Check[]
  readonly conflict: (Conflict & { readonly subject: string; readonly base: Sha }) | null
  /** Why a series is held, one sentence each. */
  readonly holds: readonly string[]
  readonly problems: readonly Problem[]
  /** The verdict of the version before, where there was one. */
  readonly previous: { readonly version: string; readonly verdict: string } | null
  /** Output of `git range-diff` against the version before; null for the first. */
  readonly rangeDiff: string | null
  /** How to say it again: the command or address for a new test. */
  readonly rerun: string | null
  readonly at: Date
}
