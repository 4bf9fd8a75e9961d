import type { TopicId } from '../../core/ids.ts'
import { versionText } from '../../core/series/series.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { StoreReader } from '../../store/store.ts'

/** The newest complete version of the topic, where it is newer than this one: what is said of this one helps nobody any more. */
export async function overtakenBy(
  topic: TopicId,
  version: string,
  reader: Pick<StoreReader, 'seriesOfTopic'>,
): Promise<string | null> {
  const versions = await reader.seriesOfTopic(topic)
  return versions
    .filter(({ series }) => series.complete)
    .map(({ series }) => versionText(series))
    .reduce<string | null>((newest, one) => (isNewer(one, newest ?? version) ? one : newest), null)
}

/** One sentence, for `explain` and the outbox. */
export function overtakenWords(version: string, newest: string): string {
  return `nobody is told of version ${version}: version ${newest} is here, and complete`
}
