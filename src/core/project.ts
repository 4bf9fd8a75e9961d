import type { RefName } from './ids.ts'
import type { Mailbox } from './message.ts'
import type { Placement } from './pull-request/pull-request.ts'
import type { DigestPlan } from './report/digest.ts'
import type { QuietHours } from './report/quiet-hours.ts'

/** One mailing list. */
export interface MailingList {
  readonly name: string
  readonly address: string
  /** RFC 2919 id without angle brackets; null when the list sets none. */
  readonly listId: string | null
  /** Addresses and ids that it had before: old threads name them, and nothing is sent there. Absent where it had none. */
  readonly formerAddresses?: readonly string[]
  readonly formerListIds?: readonly string[]
  /** Names of the sources that bring its mail. */
  readonly sources: readonly string[]
  /** Where its archive shows a mail, with `{id}` for the Message-ID; null where nobody knows. */
  readonly archiveUrl: string | null
  /** Bracket words: a series whose subject holds one is taken by no project for this list's sake. */
  readonly ignoredPrefixes: readonly string[]
}

/** What a report is of; policies speak of each. */
export const reportKinds = [
  'success',
  'failure',
  'error',
  /** Nothing tested it. */
  'no-checks',
  'conflict',
  /** Mail software changed the patch, or git takes no such patch at all. */
  'damaged',
  'base-missing',
  'held',
  'problem',
  'merged',
] as const
export type ReportKind = (typeof reportKinds)[number]

/** What a mail of ours is: a report, the summary of many, or a word to the operator. */
export const mailKinds = [...reportKinds, 'digest', 'operator'] as const
export type MailKind = (typeof mailKinds)[number]

/** Who hears of it. `author-and-list`: reply-all to the list, author in To; `results`: a list for results alone. */
export type Audience = 'nobody' | 'author' | 'author-and-list' | 'maintainers' | 'results'

/** When those hear of it: each time, only when it is another outcome than that of the version before, or in a digest. */
export type ReportTiming = 'always' | 'on-change' | 'digest'

/** Who is told of what on one list, and when. */
export interface ReportPolicy {
  readonly audience: Readonly<Record<ReportKind, Audience>>
  readonly timing: Readonly<Record<ReportKind, ReportTiming>>
  readonly maintainers: readonly Mailbox[]
  /** Where `results` goes; null where nothing does. */
  readonly results: Mailbox | null
  /** Nobody is told of a series whose subject says RFC. */
  readonly skipsRfc: boolean
  /** Nobody is told of what its author marked `CI-tag: skip`. */
  readonly heedsCiTag: boolean
  /** People are written to only after they asked for it; lists and maintainers as ever. */
  readonly needsOptIn: boolean
  /** What is beyond so many mails within a day waits for a person, or is told in the digest; 0 is no limit. */
  readonly limits: {
    readonly perThread: number
    readonly perDay: number
    readonly beyond: 'hold' | 'digest'
  }
  readonly digest: DigestPlan
  readonly quietHours: QuietHours | null
  /** How long checks are waited for before what is in is reported; null: for ever. */
  readonly deadlineMs: number | null
  /** A report about what is older helps nobody; null: none is too old. */
  readonly staleAfterMs: number | null
  /** Reports wait for a person to release them. */
  readonly isDryRun: boolean
}

/** When the checks of a forge are complete. */
export interface ChecksPlan {
  /** Contexts without which no verdict is given, besides those that usually report. */
  readonly expected: readonly string[]
  /** How long nothing new may have come in. */
  readonly quietMs: number
}

export interface TrustPolicy {
  /** Globs besides `.github/**`, `.gitea/**` and `.forgejo/**` whose change holds a series. */
  readonly ciPaths: readonly string[]
  /** Whether a series of a sender who is not known is tested at once, or waits for a person. */
  readonly unknownSenders: 'test' | 'hold'
  /** Servers whose word about a mail counts (RFC 8601). */
  readonly authservIds: readonly string[]
  /** Addresses, or domains as `@example.org`: known is who is proven to write from one of them. */
  readonly knownSenders: readonly string[]
  /** Addresses, or domains as `@example.org`: who is proven to write from one of them releases held series by mail. */
  readonly approvers: readonly string[]
}

export interface TestPlan {
  /** Name of the check. */
  readonly name: string
  readonly argv: readonly string[]
  readonly timeoutMs: number
  /** How long the patch that breaks a failing series is searched for; null: the report answers the series. */
  readonly bisectForMs: number | null
}

/** One project: where its patches come from, where its branches go, who is told. */
export interface Project {
  readonly name: string
  readonly lists: readonly MailingList[]
  /** Bracket words of which a subject must hold one; null takes every subject. */
  readonly prefixes: readonly string[] | null
  /** Globs of the files that are its own (`lastGlob`); null where its series are not known by what they change. */
  readonly paths: readonly string[] | null
  /** Where base branches come from; null when the mirror itself is upstream. */
  readonly upstreamUrl: string | null
  readonly mirrorUrl: string
  /** What `git fetch` lines show people instead of `mirrorUrl`; the same when nothing else is configured. */
  readonly publicMirrorUrl: string
  /** The same for the repository that holds the heads: the mirror, or the bot's fork of it. */
  readonly publicHeadsUrl: string
  /** Null for a plain git repository, which has no pull requests. */
  readonly placement: Placement | null
  /** Candidate base branches, best first; the first is the default. */
  readonly branches: readonly RefName[]
  /** Bracket word of the subject -> base branch. */
  readonly prefixBranches: Readonly<Record<string, RefName>>
  /** Where a series applies on no tip, its base may be the newest commit whose own checks are green. */
  readonly usesGreenBase: boolean
  readonly tests: TestPlan | null
  readonly checks: ChecksPlan
  readonly trust: TrustPolicy
  readonly reports: ReportPolicy
  /** Policies of lists that have their own, by the name of the list. */
  readonly listReports: Readonly<Record<string, ReportPolicy>>
  /** How long a complete series rests before it is published, for a late cover. */
  readonly settleMs: number
}

/** The policy for what is reported on this list. */
export function policyFor(
  project: Pick<Project, 'reports' | 'listReports'>,
  list: string,
): ReportPolicy {
  return project.listReports[list] ?? project.reports
}
