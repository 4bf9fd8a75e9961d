import type { SeriesRecord } from '../core/records.ts'
import { ownMails } from '../core/series.ts'
import type { FlowPorts } from './ports.ts'
import { updateTopic } from './refresh-topic.ts'

/**
 * The first time a topic is published or reported its id and slug are fixed, whatever mail arrives later:
 * journal first, because no mail says it, then the store.
 */
export async function fixTopic(
  record: SeriesRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const { topic, versions } = await ports.store.read(async (reader) => ({
    topic: await reader.topic(record.topic),
    versions: await reader.seriesOfTopic(record.topic),
  }))
  if (topic === null || record.project === null) {
    return
  }
  const mails = versions.flatMap(({ series }) => ownMails(series))
  const fixed = await ports.store.read((reader) => reader.fixedTopicOf(ownMails(record.series)))
  if (topic.isFixed && fixed === record.topic) {
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
