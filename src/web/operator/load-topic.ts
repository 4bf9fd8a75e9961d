import type { Application } from '../../core/apply/application.ts'
import type { Check } from '../../core/checks/check.ts'
import { judge, type Verdict } from '../../core/checks/verdict.ts'
import type { Decision } from '../../core/decision.ts'
import type { MessageId, Sha, TopicId } from '../../core/ids.ts'
import type { Message } from '../../core/message.ts'
import type { ApplicationRecord, OutboxRecord, SeriesRecord } from '../../core/records.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Topic } from '../../core/topic/topic.ts'
import type { StoreReader } from '../../store/store.ts'
import { type CiNoteView, loadCiNote } from './load-ci-note.ts'

/** One version, and how it was applied. */
export interface VersionView {
  readonly version: string
  readonly record: SeriesRecord
  /** Newest first. */
  readonly applications: readonly ApplicationRecord[]
}

export interface CheckView {
  readonly check: Check
  /** Null when nothing is stored. */
  readonly log: string | null
  /** Red on the base too. */
  readonly isAlreadyBroken: boolean
}

/** Everything the page of a topic shows but the text of its mails. */
export interface TopicView {
  readonly topic: Topic
  /** Newest first. */
  readonly versions: readonly VersionView[]
  /** The version whose patches and checks are shown; null while there is none. */
  readonly shown: VersionView | null
  /** The mails of the shown version, replies included. */
  readonly mails: ReadonlyMap<MessageId, Message>
  readonly checks: readonly CheckView[]
  readonly verdict: Verdict | null
  /** What CI did on the shown version's newest head, where its state leaves that open. */
  readonly ciNote: CiNoteView | null
  readonly decisions: readonly Decision[]
  /** Newest first. */
  readonly outbox: readonly OutboxRecord[]
}

/** More mails than a topic has. */
const outboxLimit = 200

/** The head of an application; null when it did not apply. */
export function headOf(application: Application | undefined): Sha | null {
  return application === undefined || application.outcome === 'conflict' ? null : application.head
}

function toVersions(
  records: readonly SeriesRecord[],
  applications: readonly ApplicationRecord[],
): readonly VersionView[] {
  return records
    .map((record) => {
      const version = versionText(record.series)
      const own = applications.filter((application) => application.version === version)
      return { version, record, applications: own.toReversed() }
    })
    .toReversed()
}

async function loadChecks(
  reader: StoreReader,
  applied: ApplicationRecord | undefined,
): Promise<Pick<TopicView, 'checks' | 'verdict'>> {
  const head = headOf(applied?.application)
  if (applied === undefined || head === null) {
    return { checks: [], verdict: null }
  }
  const checks = await reader.checks(head)
  const baseChecks = await reader.checks(applied.base)
  const verdict = judge({ sha: head, checks, baseChecks, expected: [] })
  const views: CheckView[] = []
  for (const check of checks) {
    const log = await reader.checkLog(head, check.context)
    views.push({ check, log, isAlreadyBroken: verdict.alreadyBroken.includes(check) })
  }
  return { checks: views, verdict: checks.length === 0 ? null : verdict }
}

/** Reads a topic; `version` says which one to show, the newest when null or unknown. Null where there is no such topic. */
export async function loadTopic(
  reader: StoreReader,
  id: TopicId,
  version: string | null,
): Promise<TopicView | null> {
  const topic = await reader.topic(id)
  if (topic === null) {
    return null
  }
  const versions = toVersions(await reader.seriesOfTopic(id), await reader.applications(id))
  const shown = versions.find((one) => one.version === version) ?? versions[0] ?? null
  const wanted =
    shown === null ? [] : [...ownMails(shown.record.series), ...shown.record.series.replies]
  const stored = await reader.messages(wanted)
  const applied = shown?.applications[0]
  const head = headOf(applied?.application)
  const decisions = await reader.decisions({ topic: id })
  const isNewest = shown?.version === topic.version
  const { project } = topic
  const state = isNewest ? topic.state : 'success'
  const isTested = head !== null && applied?.publishedAt !== null
  return {
    topic,
    versions,
    shown,
    mails: new Map(stored.map(({ message }) => [message.messageId, message])),
    ...(await loadChecks(reader, applied)),
    ciNote: isTested
      ? await loadCiNote({ project, state }, head, async () => decisions, reader)
      : null,
    decisions,
    outbox: await reader.outbox({ topic: id, limit: outboxLimit }),
  }
}
