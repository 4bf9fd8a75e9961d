import type { Application } from './apply/application.ts'
import type { BaseRule, BaseRung } from './apply/base-choice.ts'
import type { ArchivePosition } from './delivery.ts'
import type { MessageId, RefName, Sha, TopicId } from './ids.ts'
import type { Message } from './message.ts'
import type { MailKind } from './project.ts'
import type { OutgoingMail } from './report/outgoing-mail.ts'
import type { LinkRule, Series } from './series/series.ts'

/** One arrival, as the store remembers it. (source, blob) is unique. */
export interface DeliveryRecord {
  readonly position: ArchivePosition
  readonly blob: Sha
  readonly source: string
  readonly location: string
  readonly arrivedAt: Date
  readonly isSilent: boolean
  /** Null for a mail that could not be read. */
  readonly messageId: MessageId | null
}

export interface StoredMessage {
  readonly message: Message
  /** The delivery whose bytes are used: the first of this Message-ID. */
  readonly position: ArchivePosition
  readonly blob: Sha
  readonly arrivedAt: Date
  /** Every delivery of it was silent. */
  readonly isSilent: boolean
}

export interface QuarantineRecord {
  readonly blob: Sha
  readonly position: ArchivePosition
  readonly source: string
  readonly location: string
  readonly code: string
  readonly message: string
  readonly at: Date
}

export interface SeriesRecord {
  readonly series: Series
  /** Null when no project takes it; `routing` says why. */
  readonly project: string | null
  readonly routing: string
  /** Name of the list it is reported on. */
  readonly list: string | null
  readonly topic: TopicId
  readonly linkedBy: LinkRule | null
  /** sha256 over what publishing depends on: another digest is another series to publish. */
  readonly digest: string
  readonly isSilent: boolean
  readonly updatedAt: Date
}

/** The n-th application of one version, and what came of it. */
export interface ApplicationRecord {
  readonly topic: TopicId
  readonly project: string
  readonly version: string
  /** Counts the applications of this version that were published; null where it was not. */
  readonly n: number | null
  /** Digest of the series that was applied. */
  readonly digest: string
  readonly base: Sha
  readonly baseRule: BaseRule
  readonly baseBranch: RefName | null
  readonly rungs: readonly BaseRung[]
  readonly application: Application
  /** Sentences; empty when nothing holds it. */
  readonly holds: readonly string[]
  /** Who released it, when it was held; null when it needed no one. */
  readonly approvedBy: string | null
  /** `refs/series/<topic>/v<version>-<n>`; null where it was not published. */
  readonly seriesRef: RefName | null
  readonly publishedAt: Date | null
  readonly at: Date
}

/**
 * pending -> sending (in the journal before the dialogue) -> handed-over -> seen. Besides: `held` for a person,
 * `unknown` when nobody can tell whether it was taken, `failed` for good, `dropped` by a person.
 */
export type OutboxState =
  | 'pending'
  | 'sending'
  | 'handed-over'
  | 'seen'
  | 'held'
  | 'unknown'
  | 'failed'
  | 'dropped'

export interface OutboxRecord {
  /** Permanent: one report is one mail, ever. */
  readonly key: string
  readonly kind: MailKind
  readonly project: string
  /** Name of the list it is reported on; null where only an older store knew it. */
  readonly list: string | null
  readonly topic: TopicId | null
  readonly version: string | null
  readonly head: Sha | null
  readonly mail: OutgoingMail
  readonly state: OutboxState
  /** Why it is in this state, for a person. */
  readonly note: string
  /** When the last dialogue about it began; null before the first. */
  readonly offeredAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}
