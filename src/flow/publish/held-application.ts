import type { TopicId } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'

/** What of the topic waits for a release now. */
export async function heldApplication(
  topic: TopicId,
  reader: Pick<StoreReader, 'topic' | 'applications'>,
): Promise<ApplicationRecord | null> {
  const { state, version } = (await reader.topic(topic)) ?? { state: null, version: '' }
  const held = (await reader.applications(topic)).findLast(
    (one) => one.version === version && one.holds.length > 0 && one.publishedAt === null,
  )
  return state === 'held' || state === 'problem' ? (held ?? null) : null
}
