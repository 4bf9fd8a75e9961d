import type { Check } from '../core/checks/check.ts'
import type { CommitLook } from '../core/checks/commit-look.ts'
import type { PastHead } from '../core/checks/learn-checks.ts'
import type { Decision } from '../core/decision.ts'
import type { ArchivePosition, Cursor } from '../core/delivery.ts'
import type { MessageId, Sha, TopicId } from '../core/ids.ts'
import type { DecisionEntry, JournalDecision } from '../core/journal-entry.ts'
import type { Message } from '../core/message.ts'
import type { ForgeHint } from '../core/pull-request/forge-event.ts'
import type { PullRequestRecord } from '../core/pull-request/pull-request-record.ts'
import type {
  ApplicationRecord,
  DeliveryRecord,
  OutboxRecord,
  OutboxState,
  QuarantineRecord,
  SeriesRecord,
  StoredMessage,
} from '../core/records.ts'
import type { DigestItem } from '../core/report/digest.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import type { Series } from '../core/series/series.ts'
import type { StorableMessage } from '../core/storable-message.ts'
import type { Topic, TopicState } from '../core/topic/topic.ts'
import type { Arrivals } from '../core/watch/arrival-habit.ts'
import type { Condition } from '../core/watch/condition.ts'

export type JobKind =
  /** key: a Message-ID of the thread. */
  | 'assemble'
  /** key: the anchor of the series. */
  | 'publish'
  /** key: `<project> <sha>`, and ` <topic> <version>` of a commit in the middle of a series. */
  | 'test'
  /** key: `<topic> <version>`. */
  | 'collect'
  /** key: the outbox key. */
  | 'send'
  /** key: the project. */
  | 'refresh'
  /** key: `<project> <list>`. */
  | 'digest'
  /** key: the Message-ID of the bounce. */
  | 'bounce'
  /** key: the Message-ID of a mail that asks for the release of a held series. */
  | 'release'
  /** key: a topic that a series left or joined by a person's word. */
  | 'realign'
  /** key: the topic. */
  | 'pull'
  /** key: the project. */
  | 'reconcile'
  /** key: `<project> <number of the pull request>`. */
  | 'hear'
  /** key: `<project> <sha>`, of a head that our own tester has tested. */
  | 'status'
  /** key: `<project> <sha>`, of a head that a person wants tested again. */
  | 'rerun'
  /** key: `all`. */
  | 'tidy'

/** `told` in a digest, or `dropped`, since nobody needs it any more. */
export type DigestItemState = 'waiting' | 'told' | 'dropped'

export type JobState = 'waiting' | 'running' | 'dead'

export interface Job {
  readonly id: number
  readonly kind: JobKind
  readonly key: string
  /** 1 at the first try; the fencing token. */
  readonly attempt: number
  /** How often its worker died, or lost its lease, while it ran. */
  readonly deaths: number
  readonly runAt: Date
}

export interface DeadJob extends Job {
  readonly lastError: string
}

/** Where looking up a topic's relatives begins. Every field widens the result. */
export interface RelativesQuery {
  readonly messageIds: readonly MessageId[]
  readonly changeId: string | null
  readonly submitter: string
  /** Name of the series and titles of its patches, compared by their `titleStem`. */
  readonly titles: readonly string[]
  /** Titles of series that began much earlier or later say nothing: at most 366 days lie between. */
  readonly startedAt: Date
  readonly patchIds: readonly string[]
}

/** Looking. Times are those given when writing; lists are in the order stated, else oldest first. */
export interface StoreReader {
  cursor(source: string): Promise<Cursor | null>
  archiveTip(): Promise<ArchivePosition | null>
  /** Those of these bytes that the source has delivered before. */
  deliveredAmong(source: string, blobs: readonly Sha[]): Promise<ReadonlySet<Sha>>
  deliveries(messageId: MessageId): Promise<readonly DeliveryRecord[]>
  message(messageId: MessageId): Promise<StoredMessage | null>
  /** Mails that were taken first of all, in no order. */
  firstMessages(limit: number): Promise<readonly StoredMessage[]>
  messages(messageIds: readonly MessageId[]): Promise<readonly StoredMessage[]>
  /**
   * Every stored mail connected with this one: by any reference in either direction, also through ids nobody
   * has sent, and by the join of mails without references (`looseKey`, neighbours within `looseGapMs`).
   * Costs the size of the thread, not of the archive. Ordered by Message-ID.
   */
  thread(messageId: MessageId): Promise<readonly StoredMessage[]>
  /**
   * The threads of several mails, found together. Of those that come after threads with `mailLimit` mails in all some
   * may be missing. Mails of one thread have the same list.
   */
  threads(
    messageIds: readonly MessageId[],
    mailLimit: number,
  ): Promise<ReadonlyMap<MessageId, readonly StoredMessage[]>>
  /** The sources that delivered each of these, in order of arrival. */
  sourcesOf(messageIds: readonly MessageId[]): Promise<ReadonlyMap<MessageId, readonly string[]>>
  /** Newest first. */
  quarantine(limit: number): Promise<readonly QuarantineRecord[]>
  /** The series whose cover or patch this mail is; of several (composed versions) the newest version. */
  seriesOf(messageId: MessageId): Promise<SeriesRecord | null>
  seriesByAnchor(anchor: MessageId): Promise<SeriesRecord | null>
  /** By version, then minor, then start. */
  seriesOfTopic(topic: TopicId): Promise<readonly SeriesRecord[]>
  /** Series that have one of these mails as own mail or in `answers`. */
  seriesTouching(messageIds: readonly MessageId[]): Promise<readonly SeriesRecord[]>
  /** Whether a series of this address, compared without case, belongs to another topic. */
  hasOtherTopic(submitter: string, topic: TopicId): Promise<boolean>
  /** Series that hold a patch with one of these ids, whoever sent it. */
  seriesWithPatches(patchIds: readonly string[]): Promise<readonly SeriesRecord[]>
  /** Series that say they are built on one of these mails, or on a patch with one of these ids. */
  seriesBuiltOn(
    messageIds: readonly MessageId[],
    patchIds: readonly string[],
  ): Promise<readonly SeriesRecord[]>
  /** Series that might be other versions: same change-id, or same submitter address with a title or patch-id in common, or that touch one of the ids. */
  relatives(query: RelativesQuery): Promise<readonly SeriesRecord[]>
  /** Series that no project takes, those that changed last first. */
  unroutedSeries(limit: number): Promise<readonly SeriesRecord[]>
  /** How many series no project takes, by the reason why. */
  unroutedCounts(): Promise<ReadonlyMap<string, number>>
  topic(topic: TopicId): Promise<Topic | null>
  /** Last updated first. */
  topics(filter: {
    readonly project?: string
    readonly states?: readonly TopicState[]
    readonly limit: number
    readonly offset: number
  }): Promise<readonly Topic[]>
  /** The fixed topic that one of these mails belongs to. */
  fixedTopicOf(messageIds: readonly MessageId[]): Promise<TopicId | null>
  applications(topic: TopicId): Promise<readonly ApplicationRecord[]>
  /**
   * Those of the project that were applied after one time (null: ever) and until another, and published since, in the order of that time:
   * `limit` of them, and all of the same millisecond as the last.
   */
  publishedBetween(
    project: string,
    after: Date | null,
    until: Date,
    limit: number,
  ): Promise<readonly ApplicationRecord[]>
  /** Applications that have this commit for head or for base. */
  applicationsTouching(commit: Sha): Promise<readonly ApplicationRecord[]>
  /** Published applications that have this commit for head. */
  publishedHeads(head: Sha): Promise<readonly ApplicationRecord[]>
  checks(sha: Sha): Promise<readonly Check[]>
  /** Null where the forge of this project was never asked about this commit, nor is to be. */
  commitLook(project: string, sha: Sha): Promise<CommitLook | null>
  /** The heads of a project whose checks ended last, newest first. */
  pastHeads(project: string, limit: number): Promise<readonly PastHead[]>
  /** The stored log of one check, already capped; null when there is none. */
  checkLog(sha: Sha, context: string): Promise<string | null>
  decisions(
    of: { readonly topic: TopicId } | { readonly messageId: MessageId },
  ): Promise<readonly Decision[]>
  /** Of one or several kinds, in the order in which they were said. */
  humanDecisions<K extends JournalDecision['kind']>(
    ...kinds: readonly K[]
  ): Promise<
    readonly (DecisionEntry & { readonly decision: Extract<JournalDecision, { kind: K }> })[]
  >
  outboxEntry(key: string): Promise<OutboxRecord | null>
  outboxByMessageId(messageId: MessageId): Promise<OutboxRecord | null>
  /** Keys that end in these characters, at most `limit`. */
  outboxKeysEndingIn(end: string, limit: number): Promise<readonly string[]>
  /** The one whose Message-ID begins so; null also where there are several. */
  outboxByIdStart(start: string): Promise<OutboxRecord | null>
  /** Newest first. */
  outbox(filter: {
    readonly states?: readonly OutboxState[]
    readonly topic?: TopicId
    readonly kind?: OutboxRecord['kind']
    readonly limit: number
  }): Promise<readonly OutboxRecord[]>
  /**
   * When the mails about this topic, or for this list, were last offered to the way of sending, `besides` the one of this
   * key and digests: the newest first, at most `limit` of those after `since`.
   */
  offered(
    of: ({ readonly topic: TopicId } | { readonly project: string; readonly list: string }) & {
      readonly besides: string
      readonly since: Date
      readonly limit: number
    },
  ): Promise<readonly Date[]>
  /**
   * When the n-th last dialogue up to `now` began, with a recipient of this domain or, where it is null, with any. Null
   * where there were fewer within the last hour.
   */
  nthLastDialogue(n: number, domain: string | null, now: Date): Promise<Date | null>
  /** What is told in digests: all of a topic, all of one digest, the one of a key, or those of a list that are in this state. Oldest first. */
  digestItems(
    of:
      | { readonly topic: TopicId }
      | { readonly digest: string }
      | { readonly key: string }
      | { readonly project: string; readonly list: string; readonly state: DigestItemState },
  ): Promise<readonly DigestItem[]>
  /** When each of these mails has its turn next; one that waits for no turn is not among them. */
  nextTurns(keys: readonly string[]): Promise<ReadonlyMap<string, Date>>
  /** Of a topic, oldest first; the one of this number; or all open ones of a project. */
  pullRequests(
    of:
      | { readonly topic: TopicId }
      | { readonly project: string; readonly number: number }
      | { readonly project: string },
  ): Promise<readonly PullRequestRecord[]>
  outboxCounts(): Promise<Readonly<Partial<Record<OutboxState, number>>>>
  jobCounts(): Promise<Readonly<Partial<Record<JobState, number>>>>
  deadJobs(limit: number): Promise<readonly DeadJob[]>
  /** Jobs that failed and wait to be tried again, those that were tried most often first. */
  failedJobs(limit: number): Promise<readonly DeadJob[]>
  /** When the next waiting job is due; null when none waits. */
  nextJobAt(): Promise<Date | null>
  /** Since when the oldest job of each kind waits that is due at `now`. */
  oldestDue(now: Date): Promise<ReadonlyMap<JobKind, Date>>
  messageCount(): Promise<number>
  /** When this source brought mail that is not silent; null where it never did. */
  arrivals(source: string): Promise<Arrivals | null>
  /** What the worker found when it last looked; null before it ever did. */
  watched(): Promise<{ readonly at: Date; readonly conditions: readonly Condition[] } | null>
}

/** Every method is inside the transaction that made this object. */
export interface StoreTransaction extends StoreReader {
  /** Looks these up in one go; whatever of this transaction needs their numbers later need not ask one by one. */
  expectMessageIds(messageIds: readonly MessageId[]): Promise<void>
  /**
   * Looks for what is stored of these series, and by what others are found by their keys, in one go: they were just made of
   * threads with these mails.
   */
  expectSeries(series: readonly Series[], mails: readonly MessageId[]): Promise<void>
  saveCursor(source: string, cursor: Cursor): Promise<void>
  /** Moves the tip only from `from`: false, and nothing changed, when somebody else moved it. */
  advanceArchiveTip(from: ArchivePosition | null, to: ArchivePosition): Promise<boolean>
  /** False when this (source, blob) is stored already. */
  addDelivery(delivery: DeliveryRecord): Promise<boolean>
  /**
   * `added`, `known` (the same patch, or none), or `reused`: the same Message-ID with another `contentHash`;
   * then the first stays and the problem `message-id-reused` is put on it. What a known message answers is merged with
   * what the copy says (`withReferencesOf`), and a silent one that arrives aloud is silent no more.
   */
  addMessage(
    message: Message | StorableMessage,
    delivery: DeliveryRecord,
  ): Promise<'added' | 'known' | 'reused'>
  addQuarantine(record: QuarantineRecord): Promise<void>
  /** Replaces all series that have one of these mails as own mail by `series`. */
  replaceSeries(ownMails: readonly MessageId[], series: readonly SeriesRecord[]): Promise<void>
  saveTopic(topic: Topic): Promise<void>
  /** Removes topics that are not fixed and to which no series belongs any more, among these. */
  dropEmptyTopics(topics: readonly TopicId[]): Promise<void>
  /** These mails belong to this topic for ever. */
  fixTopic(topic: TopicId, mails: readonly MessageId[]): Promise<void>
  /** Replaces the record of the same topic, version, digest and base. */
  saveApplication(record: ApplicationRecord): Promise<void>
  /** Replaces the check of the same sha, origin and context. */
  saveCheck(check: Check, log: string | null): Promise<void>
  removeChecks(sha: Sha): Promise<void>
  /** Replaces that of the same project and commit. Of each project the newest thousand are kept. */
  saveCommitLook(look: CommitLook): Promise<void>
  addDecision(decision: Decision): Promise<void>
  /** In this order. Many at once are cheaper than one by one. */
  addDecisions(decisions: readonly Decision[]): Promise<void>
  /** False when an equal entry is stored already. */
  addHumanDecision(entry: DecisionEntry): Promise<boolean>
  /** Does nothing and says false when the key was used before: one report is one mail. */
  addToOutbox(record: OutboxRecord): Promise<boolean>
  /** Moves an entry on if it is in one of `from`; false when it is not. One that goes to `sending` is offered at `at`. */
  moveOutbox(
    key: string,
    from: readonly OutboxState[],
    to: OutboxState,
    note: string,
    at: Date,
  ): Promise<boolean>
  /** The mail as it is really sent: the same Message-ID, with fewer recipients. */
  rewriteMail(key: string, mail: OutgoingMail): Promise<void>
  /** Makes the waiting send jobs of pending mails due at `at` whose note begins so; those due before stay. */
  hastenMails(noteStart: string, at: Date): Promise<void>
  /** Makes jobs whose last error begins with one of these codes, dead ones too, due at `at`; those due before stay. Gives how many. */
  hastenFailed(codes: readonly string[], at: Date): Promise<number>
  /** Remembers for an hour that a mail to these domains was begun. */
  noteDialogue(domains: readonly string[], at: Date): Promise<void>
  /** False when its key was used before. `digest` is the outbox key of the digest that tells it; null before. */
  addDigestItem(item: DigestItem, state: DigestItemState, digest: string | null): Promise<boolean>
  /** Of one that waits; false where it does not. */
  settleDigestItem(key: string, state: DigestItemState, digest: string | null): Promise<boolean>
  /** Remembers a delivery of a webhook for a week; false when the endpoint had this one before. */
  noteHookDelivery(
    endpoint: string,
    deliveryId: string,
    kind: ForgeHint['kind'],
    at: Date,
  ): Promise<boolean>
  /** What is too old to tell of the source's habit by then is forgotten. */
  noteArrival(source: string, at: Date): Promise<void>
  /** Replaces what was found before. */
  saveWatched(conditions: readonly Condition[], at: Date): Promise<void>
  /** Replaces the record of the same project and number. */
  savePullRequest(record: PullRequestRecord): Promise<void>
  removePullRequest(project: string, number: number): Promise<void>
  /**
   * A wake-up. Waiting jobs with the same kind and key are one job, due at the earlier of both times, or at the
   * later one with `postpone`; an enqueue while one runs makes it run again; a dead one waits again.
   */
  enqueue(kind: JobKind, key: string, runAt: Date, postpone?: 'postpone'): Promise<void>
  /**
   * Takes up to `limit` waiting jobs of this kind that were due at `dueAt` away, in order of time: for effects that are
   * all in this very transaction, so that nobody else can have begun them.
   */
  takeDue(kind: JobKind, dueAt: Date, limit: number): Promise<readonly Pick<Job, 'key' | 'runAt'>[]>
  /**
   * Forgets, of each kind at most `limit`, what is not younger than this: whole logs of checks; results of checks that
   * ended; jobs that were given up, but for those of mails. Gives how many of that kind which had most: fewer than
   * `limit` when all is done.
   */
  forgetOld(
    old: { readonly logs: Date; readonly checks: Date; readonly givenUp: Date },
    limit: number,
  ): Promise<number>
  /**
   * In the transaction of the job's effects. Throws STORE_LEASE_LOST when the lease is no longer ours. A job that
   * was enqueued again meanwhile waits again.
   */
  complete(job: Job): Promise<void>
}

export interface Store {
  /** One at a time; nothing but the store may be awaited inside. */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>
  /** A consistent look, beside a running transaction. */
  read<T>(work: (reader: StoreReader) => Promise<T>): Promise<T>
  /** Leases the next due job, in order of time, of one of `kinds`; null when none is due. */
  claim(kinds: readonly JobKind[], worker: string, now: Date, leaseUntil: Date): Promise<Job | null>
  /** Leases up to `limit` more due jobs of the kind of `job`, in order of time. */
  claimAlike(
    job: Job,
    limit: number,
    worker: string,
    now: Date,
    leaseUntil: Date,
  ): Promise<readonly Job[]>
  /** False when the lease is lost. */
  extendLease(job: Job, leaseUntil: Date): Promise<boolean>
  /**
   * Gives a failed job back, due again at `runAt`, or dead when `runAt` is null. One that was enqueued meanwhile waits
   * again all the same, at the earlier time. Does nothing when the lease is lost.
   */
  fail(job: Job, runAt: Date | null, error: string): Promise<void>
  /**
   * Frees what dead workers held: jobs whose lease ran out before `now`, and with `isSoleWorker` all that were not
   * claimed through this very `Store`. A job whose worker died `maxAttempts` times is dead. Returns how many.
   */
  sweep(now: Date, maxAttempts: number, isSoleWorker: boolean): Promise<number>
  /** Gives back the room of what was written only for safety: never needed, and cheap. */
  compact(): Promise<void>
  /** Brings the schema up to date. Throws STORE_NEWER, STORE_MIGRATION_FAILED (the old store is whole). */
  migrate(): Promise<{ readonly from: number; readonly to: number }>
  close(): Promise<void>
}

/** Held by the one worker of a store; released when the process ends, however it ends. */
export interface WorkerLock {
  release(): void
}
