import type { Clock } from '../core/clock.ts'
import type { Sha } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'
import type { Project } from '../core/project.ts'
import type { OverlayFile } from '../core/pull-request/overlay.ts'
import type { BouncePolicy } from '../core/report/bounce.ts'
import type { Retention } from '../core/retention.ts'
import type { Forge } from '../forge/forge.ts'
import type { GitEngine, RemoteAccess } from '../git/git-engine.ts'
import type { Journal } from '../git/journal.ts'
import type { Logger } from '../log/logger.ts'
import type { Archive } from '../mail/archive.ts'
import type { MailParser } from '../mail/mail-parser.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { ReturnPaths } from '../mail/return-paths.ts'
import type { PullRequestWriter } from '../report/pull-request-writer.ts'
import type { Reporter } from '../report/reporter.ts'
import type { Store } from '../store/store.ts'
import type { TestResult } from '../tester/tester.ts'
import type { SendLimits } from './report/send-rate.ts'

/** A project and what serves it. */
export interface ProjectPorts {
  readonly project: Project
  readonly git: GitEngine
  readonly forge: Forge
  /** The repository that pull requests are made in; base branches are there. */
  readonly mirror: RemoteAccess
  /** Where series branches, message refs and series tags go: the mirror itself, or the bot's own fork of it. */
  readonly heads: RemoteAccess
  /** Null where the mirror itself is upstream. */
  readonly upstream: RemoteAccess | null
  /** Reads the files that go on top of the mirror's base branches; null where these are as upstream has them. */
  readonly overlay: ((signal: AbortSignal) => Promise<readonly OverlayFile[]>) | null
  /** Runs the project's test on a clean checkout of `commit`. */
  test(commit: Sha, signal: AbortSignal): Promise<TestResult>
}

/** What becomes of a mail that was not simply taken. */
export interface SendPolicy {
  /** How long a mail that is put off is tried again, counted from when it was first to be sent. */
  readonly retryForMs: number
  /** How long the list is looked at for a mail of which nobody can tell whether it was taken. */
  readonly lookForMs: number
  /** Afterwards a person decides, or it is sent again with the same Message-ID. */
  readonly ifUnknown: 'hold' | 'resend'
  readonly limits: SendLimits
}

/** What is forgotten, and what is done about files, once a day. */
export interface Upkeep {
  readonly retention: Retention
  /** Packs repositories, and removes what nobody uses any more. May be stopped anywhere. */
  tidyFiles(signal: AbortSignal): Promise<void>
}

/** Everything the use cases are given. */
export interface FlowPorts {
  readonly store: Store
  readonly archive: Archive
  readonly journal: Journal
  readonly parse: MailParser
  readonly mailer: Mailer
  readonly reporter: Reporter
  readonly pullRequestWriter: PullRequestWriter
  readonly projects: readonly ProjectPorts[]
  /** Committer of every commit and sender of every report. */
  readonly bot: Mailbox
  /** Patterns of the addresses of other programs, which are not answered. */
  readonly otherBots: readonly string[]
  /** `git version`, for the tag objects. */
  readonly gitVersion: string
  readonly clock: Clock
  /** Calls `work` again and again until the returned function is called. */
  every(intervalMs: number, work: () => Promise<void>): () => void
  readonly log: Logger
  /** How long a composed version rests before it is taken for whole. */
  readonly quietMs: number
  readonly sending: SendPolicy
  readonly returnPaths: ReturnPaths
  readonly bounces: BouncePolicy
  readonly upkeep: Upkeep
  /** Whatever any source held at this time has been taken; null before each of them was read once. */
  sourcesReadUntil(): Date | null
}

/** The ports of the project of this name; null when it is configured no more. */
export function findProject(ports: Pick<FlowPorts, 'projects'>, name: string): ProjectPorts | null {
  return ports.projects.find(({ project }) => project.name === name) ?? null
}
