import type { AppliedCommit, Conflict } from '../apply/application.ts'
import type { BaseRule, BaseRung } from '../apply/base-choice.ts'
import type { Check } from '../checks/check.ts'
import type { CiSilence } from '../checks/verdict.ts'
import type { MessageId, RefName, Sha, TopicId } from '../ids.ts'
import type { Mailbox } from '../message.ts'
import type { Damage } from '../patch/damage.ts'
import type { MailProgram } from '../patch/mail-program.ts'
import type { Problem } from '../problem.ts'
import type { MailingList, ReportKind } from '../project.ts'
import type { Refusal } from '../refusal.ts'

/** What was tested, and how anybody gets it. */
export interface TestedState {
  readonly base: Sha
  readonly baseRule: BaseRule
  /** Said only when it is news, such as a base-commit that could not be had. */
  readonly baseNote: string | null
  /** The branch the base lies on, where it is known. */
  readonly baseBranch?: RefName | null
  /** How each patch reached the tree: what was merged or skipped is said. */
  readonly commits?: readonly Pick<AppliedCommit, 'number' | 'how'>[]
  readonly head: Sha
  /** `git fetch <url> <ref>` gives the head. */
  readonly fetchUrl: string
  readonly fetchRef: RefName
}

/** The patch that does not apply, and the base it was tried on. */
export interface ReportedConflict extends Conflict {
  /** Of the patch mail, prefixes included. */
  readonly subject: string
  readonly base: Sha
  readonly baseRule?: BaseRule | null
  readonly baseBranch?: RefName | null
  /** As in `TestedState`. */
  readonly baseNote?: string | null
  /** Files of the patch that no `index` line says the state of that it was made from. */
  readonly unindexedPaths?: readonly string[]
}

/** Why a patch can be applied nowhere: what mail software did to it, or what git takes from nobody. */
export interface ReportedDamage {
  readonly damages: readonly Damage[]
  readonly refusal: Refusal | null
  /** What most likely sent it; null where nothing tells. */
  readonly program: MailProgram | null
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
  /** As far as the archive tells, nothing came from this submitter before. */
  readonly isFirst?: boolean
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
  /** Ended before they could tell anything. */
  readonly cancelled?: readonly Check[]
  /** Why the forge's CI did not run, or does not begin. */
  readonly silence?: CiSilence | null
  /** Where a person lets CI begin. */
  readonly approvalUrl?: string | null
  /** Contexts that had no result when the deadline passed. */
  readonly overdue?: readonly string[]
  /** The patch from which on the tests fail; they pass on the commit before it. Null where it was not searched for. */
  readonly brokenBy?: {
    readonly number: number
    readonly sha: Sha
    /** The check that fails. */
    readonly context: string
    /** Of the patch mail, prefixes included. */
    readonly subject: string
  } | null
  /** Of `merged`: the commit that has all its patches. */
  readonly mergedIn?: { readonly base: Sha; readonly branch: RefName | null } | null
  readonly conflict: ReportedConflict | null
  /** Of `damaged`: what is wrong with the patch that `conflict` names. */
  readonly damage?: ReportedDamage | null
  /** What the base ladder tried; for `base-missing`. */
  readonly baseRungs?: readonly BaseRung[]
  /** Where anybody fetches the base branches from. */
  readonly publicUrl?: string | null
  /** Of `held`: what it was applied on, where nothing is published that `tested` could name. */
  readonly heldOn?: Pick<TestedState, 'base' | 'baseRule' | 'baseNote' | 'baseBranch'> | null
  /** Of `held`: the head that an answer to this mail may release. */
  readonly releasedByMail?: Sha | null
  /** Why a series is held, one sentence each. */
  readonly holds: readonly string[]
  readonly problems: readonly Problem[]
  /** The verdict of the version before, where there was one. */
  readonly previous: {
    readonly version: string
    /** Its kind of report or state of verdict. */
    readonly verdict: string
    /** Contexts of the checks that were red in it and not on its base. */
    readonly failedContexts?: readonly string[]
  } | null
  /** Output of `git range-diff` against the version before; null for the first. */
  readonly rangeDiff: string | null
  /** What runs the tests on a checkout, as typed into a shell. */
  readonly testCommand?: string | null
  /** How to say it again: the command or address for a new test. */
  readonly rerun: string | null
  readonly at: Date
}
