import type { TopicId } from '../../core/ids.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'

/** The topics of which something was published, by the names of the mirrors' refs. Throws GIT_REMOTE_*. */
export async function topicsOnMirrors(
  { projects }: Pick<FlowPorts, 'projects'>,
  signal: AbortSignal,
): Promise<ReadonlySet<TopicId>> {
  const topics = new Set<TopicId>()
  for (const { git, heads } of projects) {
    for (const ref of (await git.remoteRefs(heads, ['refs/series/'], signal)).keys()) {
      topics.add((ref.split('/')[2] ?? '') as TopicId)
    }
  }
  return topics
}

async function lacksMails(topic: TopicId, reader: StoreReader): Promise<boolean> {
  const applications = await reader.applications(topic)
  const mails = new Set(
    applications
      .filter(({ publishedAt }) => publishedAt !== null)
      .flatMap(({ application }) => application.commits.map(({ messageId }) => messageId)),
  )
  return (await reader.messages([...mails])).length < mails.size
}

/** Whether the journal, which is read already, does not name one of these: it was lost, or is an old copy. */
export async function isJournalOlder(
  topics: ReadonlySet<TopicId>,
  { store }: Pick<FlowPorts, 'store'>,
): Promise<boolean> {
  for (const topic of topics) {
    const known = await store.read((reader) => reader.topic(topic))
    if (known?.isFixed !== true) {
      return true
    }
  }
  return false
}

/**
 * Of these topics those with a published mail that the archive, which is read already, lacks: it was lost, or is an old
 * copy.
 */
export async function topicsWithoutMails(
  topics: ReadonlySet<TopicId>,
  { store }: Pick<FlowPorts, 'store'>,
): Promise<readonly TopicId[]> {
  const lacking: TopicId[] = []
  for (const topic of topics) {
    if (await store.read((reader) => lacksMails(topic, reader))) {
      lacking.push(topic)
    }
  }
  return lacking
}

/** Of these topics those of which no version is known any more: until their mails come back they say what they lack. */
export async function noteUnknown(
  topics: readonly TopicId[],
  { store, clock }: Pick<FlowPorts, 'store' | 'clock'>,
): Promise<number> {
  let count = 0
  for (const id of topics) {
    await store.transaction(async (tx) => {
      const topic = await tx.topic(id)
      if (topic !== null && (await tx.seriesOfTopic(id)).length === 0) {
        await tx.saveTopic({ ...topic, state: 'incomplete', updatedAt: clock() })
        count += 1
      }
    })
  }
  return count
}
