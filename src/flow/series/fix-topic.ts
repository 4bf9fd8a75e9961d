import type { SeriesRecord } from '../../core/records.ts'
import { ownMails } from '../../core/series/series.ts'
import type { FlowPorts } from '../ports.ts'
import { readCorrections } from './corrections.ts'
import { updateTopic } from './refresh-topic.ts'

/**
 * The first time a topic is published or reported, or a person links to it, its id and slug are fixed, whatever mail
 * arrives later: journal first, because no mail says it, then the store. Versions that people linked are in it by that
 * word alone, so that taking it back puts them where they were.
 */
export async function fixTopic(
  record: SeriesRecord,
  ports: Pick<FlowPorts, 'store' | 'journal' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const { topic, versions, words } = await ports.store.read(async (reader) => ({
    topic: await reader.topic(record.topic),
    versions: await reader.seriesOfTopic(record.topic),
    words: await readCorrections(reader),
  }))
  if (topic === null || record.project === null) {
    return
  }
  const isLinked = words.linkOf(record.series) !== null
  const mails = versions
    .filter(({ series }) => words.linkOf(series) === null)
    .flatMap(({ series }) => ownMails(series))
  const fixed = await ports.store.read((reader) => reader.fixedTopicOf(ownMails(record.series)))
  if (topic.isFixed && (isLinked || fixed === record.topic)) {
    return
  }
  await ports.journal.recordDecision(
    {
      at: ports.clock(),
      by: 'patchferry',
      decision: {
        kind: 'topic',
        topic: record.topic,
        project: record.project,
        slug: topic.slug,
        mails,
      },
    },
    signal,
  )
  await ports.store.transaction(async (tx) => {
    await tx.fixTopic(record.topic, mails)
    await updateTopic(record.topic, { isFixed: true }, ports, tx)
  })
}
