import type { Generated, Kysely, Selectable } from 'kysely'
import type { BaseRule } from '../core/apply/base-choice.ts'
import type { Check } from '../core/checks/check.ts'
import type { ArchivePosition, Cursor } from '../core/delivery.ts'
import type { MessageId, RefName, Sha, TopicId } from '../core/ids.ts'
import type { JournalDecision } from '../core/journal-entry.ts'
import type { MailKind } from '../core/project.ts'
import type { ForgeHint } from '../core/pull-request/forge-event.ts'
import type { PullRequestRecord } from '../core/pull-request/pull-request-record.ts'
import type { OutboxState } from '../core/records.ts'
import type { LinkRule } from '../core/series/series.ts'
import type { Topic, TopicState } from '../core/topic/topic.ts'
import type { DigestItemState, JobKind, JobState } from './store.ts'

/*
 * Both dialects keep booleans as 0 and 1, times as epoch milliseconds and structures as JSON text. A `message`
 * column holds the number that `message_id` gives a Message-ID.
 */
type Flag = 0 | 1
type Millis = number
type Json = string

/** Every Message-ID that was ever seen, also of mails that nobody has sent to us. */
interface MessageIdTable {
  readonly id: Generated<number>
  /** `indexKey` of the Message-ID. */
  readonly name: string
  /** Null where `name` is the Message-ID itself. */
  readonly full_text: MessageId | null
}

/** Who refers to whom, each pair in both directions. */
interface MessageLinkTable {
  readonly a: number
  readonly b: number
}

interface MessageTable {
  readonly id: number
  readonly facts: Json
  readonly content_hash: string | null
  readonly loose_key: string | null
  readonly loose_time: Millis | null
  readonly position: ArchivePosition
  readonly blob: Sha
  readonly arrived_at: Millis
  readonly is_silent: Flag
}

interface DeliveryTable {
  readonly id: Generated<number>
  readonly source: string
  readonly blob: Sha
  readonly position: ArchivePosition
  readonly location: string
  readonly arrived_at: Millis
  readonly is_silent: Flag
  readonly message: number | null
}

interface QuarantineTable {
  readonly id: Generated<number>
  readonly source: string
  readonly blob: Sha
  readonly position: ArchivePosition
  readonly location: string
  readonly code: string
  readonly reason: string
  readonly at: Millis
}

interface SourceCursorTable {
  readonly source: string
  readonly cursor: Cursor
}

/** Single values, such as the archive tip. */
interface StoreFactTable {
  readonly name: string
  readonly value: string
}

interface SeriesTable {
  readonly id: Generated<number>
  readonly anchor: number
  readonly version: number
  readonly minor: number
  readonly started_at: Millis
  readonly change_id: string | null
  readonly submitter: string
  readonly facts: Json
  readonly project: string | null
  readonly routing: string
  readonly list: string | null
  readonly topic: TopicId
  readonly linked_by: LinkRule | null
  readonly digest: string
  readonly is_silent: Flag
  readonly updated_at: Millis
}

interface SeriesMailTable {
  readonly message: number
  readonly series: number
  /** 1: cover or patch of the series; 0: one that these refer to. */
  readonly is_own: Flag
}

interface SeriesPatchTable {
  readonly patch_id: string
  readonly series: number
}

/** A mail (`<id>`) or a patch-id that a series says it is built on. */
interface SeriesNeedTable {
  readonly need: string
  readonly series: number
}

/** Titles of a series: its name and those of its patches. */
interface SeriesTitleTable {
  readonly submitter: string
  readonly stem: string
  readonly started_at: Millis
  readonly series: number
}

interface TopicTable {
  readonly topic: TopicId
  readonly project: string
  readonly slug: string
  readonly is_fixed: Flag
  readonly name: string
  readonly submitter_name: string
  readonly submitter_address: string
  readonly version: string
  readonly state: TopicState
  readonly verdict: Topic['verdict']
  readonly branch: RefName | null
  readonly head: Sha | null
  readonly pull_request: number | null
  readonly created_at: Millis
  readonly updated_at: Millis
}

interface FixedMailTable {
  readonly id: Generated<number>
  readonly message: number
  readonly topic: TopicId
}

interface ApplicationTable {
  readonly id: Generated<number>
  readonly topic: TopicId
  readonly project: string
  readonly version: string
  readonly n: number | null
  readonly digest: string
  readonly base: Sha
  readonly base_rule: BaseRule
  /** Null where it did not apply. */
  readonly head: Sha | null
  readonly facts: Json
  readonly approved_by: string | null
  readonly series_ref: RefName | null
  readonly published_at: Millis | null
  readonly at: Millis
}

interface CheckResultTable {
  readonly id: Generated<number>
  readonly sha: Sha
  readonly origin: Check['origin']
  readonly context_key: string
  readonly context: string
  readonly state: Check['state']
  readonly summary: string
  readonly target_url: string | null
  readonly failing_step: string | null
  readonly excerpt: string
  readonly started_at: Millis | null
  readonly finished_at: Millis | null
  readonly log: string | null
  /** Null where the forge does not count. */
  readonly attempt: number | null
  readonly log_id: string | null
}

interface CommitLookTable {
  readonly id: Generated<number>
  readonly project: string
  readonly sha: Sha
  readonly looked_at: Millis | null
  readonly changed_at: Millis | null
  readonly due_at: Millis | null
  readonly approval_url: string | null
  readonly settled_at: Millis | null
  readonly contexts: Json | null
  readonly took_ms: number | null
}

/** Decisions that were stored together and made at one time: at least one. */
interface DecisionGroupTable {
  readonly id: Generated<number>
  readonly at: Millis
  readonly decisions: Json
}

/** Each mail that a decision of the group is about. */
interface DecidedMailTable {
  readonly message: number
  readonly decision_group: number
}

/** Each topic that a decision of the group is about. */
interface DecidedTopicTable {
  readonly topic: TopicId
  readonly decision_group: number
}

interface HumanDecisionTable {
  readonly id: Generated<number>
  readonly at: Millis
  readonly by: string
  readonly kind: JournalDecision['kind']
  readonly decision: Json
  /** sha256 over the whole entry. */
  readonly digest: string
}

interface OutboxTable {
  readonly id: Generated<number>
  readonly key_index: string
  readonly key: string
  readonly kind: MailKind
  readonly project: string
  readonly list: string | null
  readonly topic: TopicId | null
  readonly version: string | null
  readonly head: Sha | null
  readonly message: number
  readonly offered_at: Millis | null
  readonly mail: Json
  readonly state: OutboxState
  readonly note: string
  readonly created_at: Millis
  readonly updated_at: Millis
}

/** Mails that were begun in the last hour, for the limits of sending. */
interface DialogueTable {
  readonly id: Generated<number>
  readonly at: Millis
  /** Empty in the one row that stands for the mail itself; else of its recipients. */
  readonly domain: string
}

interface DigestItemTable {
  readonly id: Generated<number>
  readonly key_index: string
  readonly project: string
  readonly list: string
  readonly topic: TopicId
  readonly at: Millis
  readonly state: DigestItemState
  /** The outbox key of the digest that tells it. */
  readonly digest: string | null
  readonly item: Json
}

interface PullRequestTable {
  readonly id: Generated<number>
  readonly project: string
  readonly number: number
  readonly topic: TopicId
  readonly url: string
  readonly head_ref: RefName
  readonly state: PullRequestRecord['state']
  readonly closed_by: PullRequestRecord['closedBy']
  readonly version: string
  readonly head: Sha
  readonly written: Json
  readonly comments: Json
  readonly hinted_at: Millis | null
  readonly created_at: Millis
  readonly updated_at: Millis
}

interface HookDeliveryTable {
  readonly id: Generated<number>
  /** The project it was for. */
  readonly endpoint: string
  readonly delivery_key: string
  readonly kind: ForgeHint['kind']
  readonly at: Millis
}

interface SourceArrivalTable {
  readonly source: string
  /** A half hour, counted from the epoch. */
  readonly slot: number
  readonly last_at: Millis
}

interface JobTable {
  readonly id: Generated<number>
  readonly kind: JobKind
  readonly key_index: string
  readonly key: string
  readonly state: JobState
  readonly run_at: Millis
  /** How often it was claimed: the fencing token. */
  readonly attempt: number
  /** How often its worker died while it ran. */
  readonly deaths: number
  /** The name of the worker, for people. */
  readonly worker: string | null
  /** The opened store through which it was claimed. */
  readonly holder: string | null
  readonly lease_until: Millis | null
  /** When it was enqueued while it ran: due then. */
  readonly again_at: Millis | null
  readonly last_error: string | null
}

interface SchemaMigrationTable {
  readonly number: number
  readonly name: string
  readonly applied_at: Millis
}

export interface Tables {
  readonly message_id: MessageIdTable
  readonly message_link: MessageLinkTable
  readonly message: MessageTable
  readonly delivery: DeliveryTable
  readonly quarantine: QuarantineTable
  readonly source_cursor: SourceCursorTable
  readonly store_fact: StoreFactTable
  readonly series: SeriesTable
  readonly series_mail: SeriesMailTable
  readonly series_patch: SeriesPatchTable
  readonly series_need: SeriesNeedTable
  readonly series_title: SeriesTitleTable
  readonly topic: TopicTable
  readonly fixed_mail: FixedMailTable
  readonly application: ApplicationTable
  readonly check_result: CheckResultTable
  readonly commit_look: CommitLookTable
  readonly decision_group: DecisionGroupTable
  readonly decided_mail: DecidedMailTable
  readonly decided_topic: DecidedTopicTable
  readonly human_decision: HumanDecisionTable
  readonly outbox: OutboxTable
  readonly dialogue: DialogueTable
  readonly digest_item: DigestItemTable
  readonly pull_request: PullRequestTable
  readonly hook_delivery: HookDeliveryTable
  readonly source_arrival: SourceArrivalTable
  readonly job: JobTable
  readonly schema_migration: SchemaMigrationTable
}

/** Queries go through the transaction they belong to, never around it. */
export type Db = Kysely<Tables>
export type Row<Name extends keyof Tables> = Selectable<Tables[Name]>

export function toFlag(value: boolean): Flag {
  return value ? 1 : 0
}

export function toMillis(at: Date | null): Millis | null {
  return at === null ? null : at.getTime()
}

export function toDate(at: Millis): Date
export function toDate(at: Millis | null): Date | null
export function toDate(at: Millis | null): Date | null {
  return at === null ? null : new Date(at)
}
