import type { Decision } from '../../core/decision.ts'
import type { MessageId, TopicId } from '../../core/ids.ts'
import type { Message } from '../../core/message.ts'
import type { SeriesRecord, StoredMessage } from '../../core/records.ts'
import type { ThreadAssembly } from '../../core/series/assemble-thread.ts'
import type { MailDecision } from '../../core/series/explain-thread.ts'
import { type Route, routeSeries } from '../../core/series/route-series.ts'
import { type LinkedSeries, ownMails, type Series, versionText } from '../../core/series/series.ts'
import { seriesDigest } from '../../core/series/series-digest.ts'
import type { StoreReader, StoreTransaction } from '../../store/store.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import { lastRestore } from '../recovery/sent-before-restore.ts'
import { formerTopics, type PeoplesWords } from './corrections.ts'
import { deriveSeries } from './derive-series.ts'
import { refreshTopic } from './refresh-topic.ts'

/** What assembling is given: nothing of the world but projects, a clock and our own address. */
export interface AssemblyPorts extends Pick<FlowPorts, 'clock' | 'quietMs' | 'bot'> {
  readonly projects: readonly Pick<ProjectPorts, 'project'>[]
}

/** The stored mails of these ids: those of the thread that is assembled are at hand. */
async function mailsOf(
  messageIds: readonly MessageId[],
  atHand: ReadonlyMap<MessageId, StoredMessage>,
  reader: StoreReader,
): Promise<readonly StoredMessage[]> {
  const found = messageIds.flatMap((messageId) => atHand.get(messageId) ?? [])
  return found.length === messageIds.length ? found : await reader.messages(messageIds)
}

/** The mails of one thread, what they are, and what else of it was looked up together with other threads. */
export interface ReadThread {
  /** The job's. */
  readonly key: MessageId
  readonly thread: readonly StoredMessage[]
  readonly assembly: ThreadAssembly
  /** Sources that delivered the mails its series begin with. */
  readonly sources: ReadonlyMap<MessageId, readonly string[]>
}

/** Those of a thread that is assembled are at hand. */
async function sourcesOf(
  anchor: MessageId,
  { sources }: ReadThread,
  reader: StoreReader,
): Promise<readonly string[]> {
  return sources.get(anchor) ?? (await reader.sourcesOf([anchor])).get(anchor) ?? []
}

interface Routed {
  readonly record: SeriesRecord
  readonly route: Route
  /** When the last of its own mails arrived, or a person linked it. */
  readonly settledAt: Date
}

function pathsOf({ patch }: Message): readonly string[] {
  return patch?.files.flatMap(({ oldPath, newPath }) => [oldPath ?? [], newPath ?? []].flat()) ?? []
}

/**
 * The project of the newest earlier version that was whole, and aloud, before this one arrived. What happens later, the
 * publication of either among it, changes nothing of the answer, so that a rebuild finds the same.
 */
function projectOfEarlier(
  topic: TopicId,
  settledAt: Date,
  earlier: readonly Routed[],
): string | null {
  const followed = earlier.findLast(
    ({ record, settledAt: wholeAt }) =>
      record.topic === topic &&
      record.project !== null &&
      record.series.complete &&
      !record.isSilent &&
      wholeAt <= settledAt,
  )
  return followed?.record.project ?? null
}

/** Whether the mirror knows a version whose mails an import brings back after the archive was lost: it was none of history. */
async function wasPublished(topic: TopicId, series: Series, reader: StoreReader): Promise<boolean> {
  if ((await lastRestore(reader)) === null) {
    return false
  }
  const version = versionText(series)
  const applications = await reader.applications(topic)
  return applications.some((one) => one.version === version && one.publishedAt !== null)
}

/** `earlier` holds the versions before this one, oldest first, among others. */
async function toRecord(
  { series, topic, linkedBy }: LinkedSeries,
  earlier: readonly Routed[],
  read: ReadThread,
  atHand: ReadonlyMap<MessageId, StoredMessage>,
  words: PeoplesWords,
  ports: AssemblyPorts,
  reader: StoreReader,
): Promise<Routed> {
  const mails = await mailsOf(ownMails(series), atHand, reader)
  const first = mails.find(({ message }) => message.messageId === series.anchor) ?? mails[0]
  const linkedAt = words.linkOf(series)?.said.at.getTime() ?? 0
  const settledAt = new Date(
    Math.max(linkedAt, ...mails.map(({ arrivedAt }) => arrivedAt.getTime())),
  )
  const route = routeSeries(
    ports.projects.map(({ project }) => project),
    {
      message: first?.message ?? { listIds: [], to: [], cc: [] },
      sources: await sourcesOf(series.anchor, read, reader),
      prefixes: series.prefixes,
      paths: mails.flatMap(({ message }) => pathsOf(message)),
      // A single project takes it by its own rules, or none does.
      topicOf: ports.projects.length < 2 ? null : projectOfEarlier(topic, settledAt, earlier),
    },
  )
  const record: SeriesRecord = {
    series,
    project: route.project?.name ?? null,
    routing: route.reason,
    list: route.list?.name ?? null,
    topic,
    linkedBy,
    digest: seriesDigest(series),
    isSilent:
      mails.every(({ isSilent }) => isSilent) && !(await wasPublished(topic, series, reader)),
    updatedAt: ports.clock(),
  }
  return { record, route, settledAt }
}

function isSame(before: SeriesRecord | undefined, after: SeriesRecord): boolean {
  return (
    before !== undefined &&
    before.digest === after.digest &&
    before.topic === after.topic &&
    before.project === after.project &&
    before.isSilent === after.isSilent
  )
}

async function wakePublish(
  record: SeriesRecord,
  ports: AssemblyPorts,
  tx: StoreTransaction,
): Promise<void> {
  const project = ports.projects.find((one) => one.project.name === record.project)?.project
  if (project !== undefined && record.series.complete && !record.isSilent) {
    const at = new Date(ports.clock().getTime() + project.settleMs)
    await tx.enqueue('publish', record.series.anchor, at, 'postpone')
  }
}

/** By which rule a series is in its topic: whose word it was, where it was a person's. */
function linkDecision(
  { series, linkedBy }: SeriesRecord,
  words: PeoplesWords,
): { readonly rule: string; readonly inputs: Readonly<Record<string, unknown>> } {
  const word = words.linkOf(series)
  if (word === null) {
    const { changeId, supersedes, answers } = series
    return { rule: linkedBy ?? 'first-of-topic', inputs: { changeId, supersedes, answers } }
  }
  const { at, by, decision } = word.said
  const reason = 'reason' in decision ? decision.reason : ''
  return { rule: 'manual', inputs: { act: decision.kind, by, at: at.toISOString(), reason } }
}

function explainSeries(
  { record, route }: Routed,
  words: PeoplesWords,
  at: Date,
): readonly Decision[] {
  const { series } = record
  const common = {
    at,
    messageId: series.anchor,
    topic: record.topic,
    version: versionText(series),
  }
  return [
    {
      ...common,
      step: 'assemble',
      rule: series.complete ? 'complete' : 'incomplete',
      inputs: {
        cover: series.cover,
        patches: series.patches.map((patch) => patch.messageId),
        total: series.total,
        missing: series.missing,
        problems: series.problems,
        isSilent: record.isSilent,
      },
      result: `${series.name}: ${series.patches.length} of ${series.total ?? '?'} patches`,
    },
    {
      ...common,
      step: 'route',
      rule: route.rule,
      inputs: {
        project: record.project,
        list: record.list,
        prefixes: series.prefixes,
        ...(Object.keys(route.shares).length === 0 ? {} : { files: route.shares }),
      },
      result: `${record.project === null ? 'no project' : `project ${record.project}`}: ${route.reason}`,
    },
    {
      ...common,
      step: 'link',
      ...linkDecision(record, words),
      result: `version ${versionText(series)} of topic ${record.topic}`,
    },
  ]
}

function explainMail({ messageId, rule, inputs, result }: MailDecision, at: Date): Decision {
  return { at, messageId, topic: null, version: null, step: 'assemble', rule, inputs, result }
}

/** What the topics that series left, and those that won them, have to do: what a person moved, their branches follow. */
async function wakeLeftTopics(
  left: ReadonlySet<TopicId>,
  won: ReadonlySet<TopicId>,
  ports: AssemblyPorts,
  tx: StoreTransaction,
): Promise<void> {
  for (const topic of left) {
    const newest = (await tx.seriesOfTopic(topic)).findLast(({ series }) => series.complete)
    if (newest !== undefined) {
      await wakePublish(newest, ports, tx)
    }
  }
  for (const topic of new Set([...left, ...won])) {
    if ((await tx.topic(topic))?.isFixed === true) {
      await tx.enqueue('realign', topic, ports.clock())
    }
  }
}

/**
 * Derives the series of one thread again and wakes what depends on those that changed. Returns what it decided, at `at`, for
 * whoever stores that of many threads together.
 */
export async function assembleThreadOf(
  read: ReadThread,
  words: PeoplesWords,
  at: Date,
  ports: AssemblyPorts,
  tx: StoreTransaction,
): Promise<readonly Decision[]> {
  const { key, thread, assembly } = read
  const { linked, decisions, settlesAt } = await deriveSeries(thread, assembly, words, tx)
  const mails = new Map(thread.map((mail) => [mail.message.messageId, mail]))
  const touched = [...mails.keys(), ...linked.flatMap(({ series }) => ownMails(series))]
  const before = new Map(
    (await tx.seriesTouching(touched)).map((record) => [record.series.anchor, record]),
  )
  const routed: Routed[] = []
  for (const one of linked) {
    const { record, ...rest } = await toRecord(one, routed, read, mails, words, ports, tx)
    const known = before.get(record.series.anchor)
    const updatedAt = isSame(known, record) ? known?.updatedAt : undefined
    routed.push({ record: { ...record, updatedAt: updatedAt ?? record.updatedAt }, ...rest })
  }
  const after = routed.map(({ record }) => record)
  await tx.replaceSeries(touched, after)
  const changed = routed.filter(({ record }) => !isSame(before.get(record.series.anchor), record))
  const left = new Set<TopicId>()
  const won = new Set<TopicId>()
  for (const { record } of changed) {
    await wakePublish(record, ports, tx)
    for (const topic of await formerTopics(record.series, record.topic, words, tx)) {
      left.add(topic)
      won.add(record.topic)
    }
  }
  const present = new Set(after.map(({ topic }) => topic))
  const emptied = [...[...before.values()].map(({ topic }) => topic), ...left].filter(
    (topic) => !present.has(topic),
  )
  for (const topic of new Set([...emptied, ...present])) {
    await refreshTopic(topic, ports, tx)
  }
  await tx.dropEmptyTopics(emptied)
  await wakeLeftTopics(left, won, ports, tx)
  if (settlesAt !== null) {
    await tx.enqueue('assemble', key, settlesAt, 'postpone')
  }
  return changed.length === 0
    ? []
    : [
        ...changed.flatMap((one) => explainSeries(one, words, at)),
        ...decisions.map((decision) => explainMail(decision, at)),
      ]
}
