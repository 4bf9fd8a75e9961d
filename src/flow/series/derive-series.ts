import type { MessageId, TopicId } from '../../core/ids.ts'
import { toTopicId } from '../../core/ids.ts'
import type { SeriesRecord, StoredMessage } from '../../core/records.ts'
import { assembleThread, type ThreadAssembly } from '../../core/series/assemble-thread.ts'
import { withCarriedTrailers } from '../../core/series/carry-trailers.ts'
import { explainCarried } from '../../core/series/explain-thread.ts'
import { type LinkedSeries, ownMails, type Series } from '../../core/series/series.ts'
import { linkTopics } from '../../core/topic/link-topics.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import type { PeoplesWords } from './corrections.ts'

/** Series that are versions of one topic with this one because a person said so, of it or of them. */
async function linkedByPeople(
  series: Series,
  words: PeoplesWords,
  reader: StoreReader,
): Promise<readonly SeriesRecord[]> {
  if (words.topics.size === 0) {
    return []
  }
  const said = words.topicsOf(series)
  const stored = await reader.seriesByAnchor(series.anchor)
  const own = [toTopicId(series.anchor), await reader.fixedTopicOf(ownMails(series)), stored?.topic]
  const found: (SeriesRecord | null)[] = []
  for (const topic of said) {
    found.push(...(await reader.seriesOfTopic(topic)))
  }
  for (const topic of new Set([...said, ...own])) {
    for (const mail of topic && words.topics.has(topic) ? words.linkedTo(topic) : []) {
      found.push(await reader.seriesOf(mail))
    }
  }
  return found.filter((record) => record !== null)
}

/** Every series that may be a version of the same topic as one of `series`, those included, and so on. */
async function withRelatives(
  series: readonly Series[],
  thread: ReadonlySet<MessageId>,
  words: PeoplesWords,
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
    for (const { series: relative } of [...found, ...(await linkedByPeople(next, words, reader))]) {
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

export interface DerivedSeries {
  /** The series of the thread, and every other one that may be a version of the same topic. */
  readonly linked: readonly LinkedSeries[]
  readonly decisions: ReturnType<typeof assembleThread>['decisions']
  /** When a partial reroll becomes a composed version if nothing more arrives; null when none waits. */
  readonly settlesAt: Date | null
}

/** What the mails of one thread are, as rules and people say. */
export function readThread(
  thread: readonly StoredMessage[],
  words: PeoplesWords,
  { quietMs, clock }: Pick<FlowPorts, 'quietMs' | 'clock'>,
): ThreadAssembly {
  return assembleThread(
    thread.map(({ message }) => message),
    words.corrections,
    { quietMs, now: clock() },
  )
}

/** The series that mails of one thread make, and their topics, as rules and people say. */
export async function deriveSeries(
  thread: readonly StoredMessage[],
  assembly: ThreadAssembly,
  words: PeoplesWords,
  reader: StoreReader,
): Promise<DerivedSeries> {
  const ids = new Set(thread.map(({ message }) => message.messageId))
  const all = await withRelatives(assembly.series, ids, words, reader)
  const fixed = new Map<MessageId, TopicId>()
  for (const series of all) {
    const topic = await reader.fixedTopicOf(ownMails(series))
    if (topic !== null) {
      fixed.set(series.anchor, topic)
    }
  }
  const plain = linkTopics(all, (series) => fixed.get(series.anchor) ?? null, words.corrections)
  const linked = withCarriedTrailers(plain)
  return {
    linked,
    decisions: [...assembly.decisions, ...explainCarried(plain, linked)],
    settlesAt: assembly.settlesAt,
  }
}
