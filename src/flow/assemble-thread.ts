import { assembleThread } from '../core/assemble-thread.ts'
import { withCarriedTrailers } from '../core/carry-trailers.ts'
import { correctionKinds, toCorrections } from '../core/corrections.ts'
import type { MessageId, TopicId } from '../core/ids.ts'
import { linkTopics } from '../core/link-topics.ts'
import type { SeriesRecord, StoredMessage } from '../core/records.ts'
import { routeSeries } from '../core/route-series.ts'
import {
  type Corrections,
  type LinkedSeries,
  ownMails,
  type Series,
  versionText,
} from '../core/series.ts'
import { seriesDigest } from '../core/series-digest.ts'
import type { Job, StoreReader, StoreTransaction } from '../store/store.ts'
import { finish } from './job-outcome.ts'
import { noteOwnMail } from './note-own-mail.ts'
import type { FlowPorts } from './ports.ts'
import { refreshTopic } from './refresh-topic.ts'

/** What people said about links and membership. */
export async function corrections(reader: StoreReader): Promise<Corrections> {
  const said = await reader.humanDecisions(...correctionKinds)
  return toCorrections(said.map(({ decision }) => decision))
}

/** Every series that may be a version of the same topic as one of `series`, those included, and so on. */
async function withRelatives(
  series: readonly Series[],
  thread: ReadonlySet<MessageId>,
  reader: StoreReader,
): Promise<readonly Series[]> {
  const known = new Map(series.map((one) => [one.anchor, one]))
  const queue = [...series]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const found = await reader.relatives({
      messageIds: [...ownMails(next), ...next.answers, ...next.supersedes],
      changeId: next.changeId,
      submitter: next.submitter.address,
      titles: [next.name, ...next.patches.map(({ subject }) => subject)],
      startedAt: next.startedAt,
      patchIds: next.patches.flatMap((patch) => patch.patchId ?? []),
    })
    for (const { series: relative } of found) {
      // A record made of this thread's mails is the outdated one of a series that was just derived again.
      const isOutdated = ownMails(relative).some((mail) => thread.has(mail))
      if (!isOutdated && !known.has(relative.anchor)) {
        known.set(relative.anchor, relative)
        queue.push(relative)
      }
    }
  }
  return [...known.values()]
}

interface Assembled {
  readonly linked: readonly LinkedSeries[]
  readonly decisions: ReturnType<typeof assembleThread>['decisions']
  /** When a partial reroll becomes a composed version if nothing more arrives; null when none waits. */
  readonly settlesAt: Date | null
}

async function derive(
  thread: readonly StoredMessage[],
  ports: FlowPorts,
  reader: StoreReader,
): Promise<Assembled> {
  const corrected = await corrections(reader)
  const assembly = assembleThread(
    thread.map(({ message }) => message),
    corrected,
    { quietMs: ports.quietMs, now: ports.clock() },
  )
  const ids = new Set(thread.map(({ message }) => message.messageId))
  const all = await withRelatives(assembly.series, ids, reader)
  const fixed = new Map<MessageId, TopicId>()
  for (const series of all) {
    const topic = await reader.fixedTopicOf(ownMails(series))
    if (topic !== null) {
      fixed.set(series.anchor, topic)
    }
  }
  return {
    linked: withCarriedTrailers(
      linkTopics(all, (series) => fixed.get(series.anchor) ?? null, corrected),
    ),
    decisions: assembly.decisions,
    settlesAt: assembly.settlesAt,
  }
}

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

async function explainSeries(
  record: SeriesRecord,
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
    rule: record.linkedBy ?? 'first-of-topic',
    inputs: { changeId: series.changeId, supersedes: series.supersedes, answers: series.answers },
    result: `version ${versionText(series)} of topic ${record.topic}`,
  })
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
    const thread = await tx.thread(key)
    if (thread.length === 0) {
      return
    }
    const { linked, decisions, settlesAt } = await derive(thread, ports, tx)
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
    for (const record of changed) {
      await explainSeries(record, ports, tx)
      await wakePublish(record, ports, tx)
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
    const topics = new Set([...before.values(), ...after].map(({ topic }) => topic))
    for (const topic of topics) {
      await refreshTopic(topic, ports, tx)
    }
    await tx.dropEmptyTopics([...topics])
    if (settlesAt !== null) {
      await tx.enqueue('assemble', key, settlesAt, 'postpone')
    }
  })
}
