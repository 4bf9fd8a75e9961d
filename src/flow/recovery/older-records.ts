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

async function isAny(
  topics: ReadonlySet<TopicId>,
  { store }: Pick<FlowPorts, 'store'>,
  test: (topic: TopicId, reader: StoreReader) => Promise<boolean>,
): Promise<boolean> {
  for (const topic of topics) {
    if (await store.read((reader) => test(topic, reader))) {
      return true
    }
  }
  return false
}

/** Whether the journal, which is read already, does not name one of these: it was lost, or is an old copy. */
export async function isJournalOlder(
  topics: ReadonlySet<TopicId>,
  ports: Pick<FlowPorts, 'store'>,
): Promise<boolean> {
  return isAny(
    topics,
    ports,
    async (topic, reader) => (await reader.topic(topic))?.isFixed !== true,
  )
}

/** Whether the archive, which is read already, lacks a mail of which something was published: it was lost, or is an old copy. */
export async function isArchiveOlder(
  topics: ReadonlySet<TopicId>,
  ports: Pick<FlowPorts, 'store'>,
): Promise<boolean> {
  return isAny(topics, ports, lacksMails)
}
