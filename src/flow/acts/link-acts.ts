import { type TopicId, toMessageId, toTopicId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreReader } from '../../store/store.ts'
import { linkingMails, readCorrections } from '../series/corrections.ts'
import { fixTopic } from '../series/fix-topic.ts'
import { type ActPorts, type ActResult, decide, refused, refusedAs } from './decide.ts'
import { findTopic } from './inspect.ts'

/** Why a person says it, and who they are. */
export interface SaidBy {
  readonly reason: string
  readonly by: string
}

function named({ series, topic }: SeriesRecord): string {
  return `version ${versionText(series)} of topic ${topic}`
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`
}

function noSeries(mail: string): ActResult {
  return refusedAs('FLOW_NO_SERIES', `${mail} is neither cover nor patch of a series`)
}

/** Why this series cannot be a version of that topic; null where it can. */
async function linkProblem(
  record: SeriesRecord,
  topic: TopicId,
  reader: StoreReader,
): Promise<ActResult | null> {
  const project = (await reader.seriesOfTopic(topic)).at(-1)?.project ?? null
  if (record.project === null || project === null) {
    const what = record.project === null ? named(record) : `topic ${topic}`
    return refusedAs('FLOW_LINK_PROJECTS', `no project takes ${what}`)
  }
  return record.project === project
    ? null
    : refusedAs(
        'FLOW_LINK_PROJECTS',
        `${named(record)} belongs to project ${record.project}, topic ${topic} to ${project}`,
      )
}

/**
 * The series of this mail is a version of the topic that `to` names (its id, or one of its mails), whatever the rules
 * say; versions that follow it by rule go along. The id of that topic is fixed from now on.
 */
export async function link(
  mail: string,
  to: string,
  { reason, by }: SaidBy,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const found = await ports.store.read(async (reader) => {
    const record = await reader.seriesOf(toMessageId(mail))
    const topic = await findTopic(to, reader)
    const words = await readCorrections(reader)
    return {
      record,
      topic,
      word: record === null ? null : words.linkOf(record.series),
      problem: record && topic ? await linkProblem(record, topic, reader) : null,
      newest: topic === null ? null : ((await reader.seriesOfTopic(topic)).at(-1) ?? null),
    }
  })
  const { record, topic, newest } = found
  if (record === null) {
    return noSeries(mail)
  }
  if (topic === null || newest === null) {
    return refused(`there is no topic ${to}; \`patchferry status\` lists the topics`)
  }
  if (found.problem !== null) {
    return found.problem
  }
  if (found.word?.topic === topic) {
    return { outcome: 'done', message: `${named(record)} is linked to it already` }
  }
  await fixTopic(newest, ports, signal)
  const result = `${named(record)} is linked to topic ${topic}${because(reason)}`
  const { anchor } = record.series
  return decide(
    { kind: 'link', mail: anchor, topic, reason },
    by,
    { record, alsoIn: [topic], rule: 'link', inputs: { to: topic }, result },
    (tx) => tx.enqueue('assemble', anchor, ports.clock()),
    ports,
    signal,
  )
}

/** The series of this mail is no version of the topic it is in, and begins one of its own. */
export async function unlink(
  mail: string,
  { reason, by }: SaidBy,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const { record, versions } = await ports.store.read(async (reader) => {
    const found = await reader.seriesOf(toMessageId(mail))
    return {
      record: found,
      versions: found === null ? [] : await reader.seriesOfTopic(found.topic),
    }
  })
  if (record === null) {
    return noSeries(mail)
  }
  const { anchor } = record.series
  const topic = toTopicId(anchor)
  if (versions.length < 2) {
    return refusedAs('FLOW_UNLINK_FIRST', `${named(record)} is the only one of its topic`)
  }
  if (topic === record.topic) {
    return refusedAs('FLOW_UNLINK_FIRST', `${named(record)} is the one that names its topic`)
  }
  const result = `${named(record)} begins topic ${topic}${because(reason)}`
  return decide(
    { kind: 'unlink', mail: anchor, topic, reason },
    by,
    { record, alsoIn: [topic], rule: 'unlink', inputs: { to: topic }, result },
    (tx) => tx.enqueue('assemble', anchor, ports.clock()),
    ports,
    signal,
  )
}

/** Takes back what people said of the link of this mail's series: the rules decide again. */
export async function undoLink(
  mail: string,
  { reason, by }: SaidBy,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const { record, word, mails } = await ports.store.read(async (reader) => {
    const found = await reader.seriesOf(toMessageId(mail))
    const words = await readCorrections(reader)
    return {
      record: found,
      word: found === null ? null : words.linkOf(found.series),
      mails: found === null ? [] : linkingMails(found.series, words),
    }
  })
  if (record === null) {
    return noSeries(mail)
  }
  if (word === null || word.said.decision.kind === 'split') {
    return refusedAs('FLOW_NOTHING_TO_UNDO', `nobody linked or unlinked ${named(record)}`)
  }
  const result = `what was said of the link of ${named(record)} is taken back${because(reason)}`
  return decide(
    { kind: 'undo', of: 'link', mails, reason },
    by,
    { record, rule: 'undo-link', inputs: { mails }, result },
    (tx) => tx.enqueue('assemble', record.series.anchor, ports.clock()),
    ports,
    signal,
  )
}
