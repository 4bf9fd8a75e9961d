import type { MessageId, TopicId } from '../core/ids.ts'
import type { SeriesRecord } from '../core/records.ts'
import { routeSeries } from '../core/route-series.ts'
import { type LinkedSeries, ownMails, versionText } from '../core/series.ts'
import { seriesDigest } from '../core/series-digest.ts'
import type { Job, StoreReader, StoreTransaction } from '../store/store.ts'
import { formerTopics, type PeoplesWords, readCorrections, unitedThread } from './corrections.ts'
import { deriveSeries } from './derive-series.ts'
import { finish } from './job-outcome.ts'
import { noteOwnMail } from './note-own-mail.ts'
import type { FlowPorts } from './ports.ts'
import { refreshTopic } from './refresh-topic.ts'

async function toRecord(
  { series, topic, linkedBy }: LinkedSeries,
  ports: FlowPorts,
  reader: StoreReader,
): Promise<SeriesRecord> {
  const mails = await reader.messages(ownMails(series))
  const first = mails.find(({ message }) => message.messageId === series.anchor) ?? mails[0]
  const deliveries = await reader.deliveries(series.anchor)
  const route = routeSeries(
    ports.projects.map(({ project }) => project),
    first?.message ?? { listIds: [], to: [], cc: [] },
    deliveries.map(({ source }) => source),
    series.prefixes,
  )
  return {
    series,
    project: route.project?.name ?? null,
    routing: route.reason,
    list: route.list?.name ?? null,
    topic,
    linkedBy,
    digest: seriesDigest(series),
    isSilent: mails.every(({ isSilent }) => isSilent),
    updatedAt: ports.clock(),
  }
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
  ports: FlowPorts,
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

async function explainSeries(
  record: SeriesRecord,
  words: PeoplesWords,
  ports: FlowPorts,
  tx: StoreTransaction,
): Promise<void> {
  const { series } = record
  const common = {
    at: ports.clock(),
    messageId: series.anchor,
    topic: record.topic,
    version: versionText(series),
  }
  await tx.addDecision({
    ...common,
    step: 'assemble',
    rule: series.complete ? 'complete' : 'incomplete',
    inputs: {
      cover: series.cover,
      patches: series.patches.map((patch) => patch.messageId),
      total: series.total,
      missing: series.missing,
      problems: series.problems,
      project: record.project,
      routing: record.routing,
      isSilent: record.isSilent,
    },
    result: `${series.name}: ${series.patches.length} of ${series.total ?? '?'} patches; ${
      record.project === null ? `no project: ${record.routing}` : record.routing
    }`,
  })
  await tx.addDecision({
    ...common,
    step: 'link',
    ...linkDecision(record, words),
    result: `version ${versionText(series)} of topic ${record.topic}`,
  })
}

/** What the topics that series left, and those that won them, have to do: what a person moved, their branches follow. */
async function wakeLeftTopics(
  left: ReadonlySet<TopicId>,
  won: ReadonlySet<TopicId>,
  ports: FlowPorts,
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

/** Derives the series of one thread again and wakes what depends on those that changed. */
export async function assembleMails(
  job: Job,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const key = job.key as MessageId
  await noteOwnMail(key, ports, signal)
  await finish(job, ports, async (tx) => {
    const words = await readCorrections(tx)
    const thread = await unitedThread(key, words.places, tx)
    if (thread.length === 0) {
      return
    }
    const { linked, decisions, settlesAt } = await deriveSeries(thread, words, ports, tx)
    const ids = thread.map(({ message }) => message.messageId)
    const before = new Map(
      (await tx.seriesTouching([...ids, ...linked.flatMap(({ series }) => ownMails(series))])).map(
        (record) => [record.series.anchor, record],
      ),
    )
    const after: SeriesRecord[] = []
    for (const one of linked) {
      const record = await toRecord(one, ports, tx)
      const known = before.get(record.series.anchor)
      after.push(
        isSame(known, record)
          ? { ...record, updatedAt: known?.updatedAt ?? record.updatedAt }
          : record,
      )
    }
    await tx.replaceSeries([...ids, ...after.flatMap(({ series }) => ownMails(series))], after)
    const changed = after.filter((record) => !isSame(before.get(record.series.anchor), record))
    const left = new Set<TopicId>()
    const won = new Set<TopicId>()
    for (const record of changed) {
      await explainSeries(record, words, ports, tx)
      await wakePublish(record, ports, tx)
      const former = await formerTopics(record.series, record.topic, words, tx)
      for (const topic of former) {
        left.add(topic)
        won.add(record.topic)
      }
    }
    if (changed.length > 0) {
      for (const { messageId, rule, inputs, result } of decisions) {
        const at = ports.clock()
        await tx.addDecision({
          at,
          messageId,
          topic: null,
          version: null,
          step: 'assemble',
          rule,
          inputs,
          result,
        })
      }
    }
    const topics = new Set([...[...before.values(), ...after].map(({ topic }) => topic), ...left])
    for (const topic of topics) {
      await refreshTopic(topic, ports, tx)
    }
    await tx.dropEmptyTopics([...topics])
    await wakeLeftTopics(left, won, ports, tx)
    if (settlesAt !== null) {
      await tx.enqueue('assemble', key, settlesAt, 'postpone')
    }
  })
}
