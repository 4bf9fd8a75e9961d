import type { TopicId } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { StoreReader } from '../../store/store.ts'
import { whereabouts } from '../series/whereabouts.ts'

/** What of a topic was published, and what of that counts. */
export interface NewestPublished {
  /** All applications of the topic, published or not. */
  readonly applications: readonly ApplicationRecord[]
  /** The newest published version that is still a version of the topic; null where people moved all away. */
  readonly newest: ApplicationRecord | null
}

/** The newest version; of several applications of it the last one of the mails that it has now, where there is one. */
function newestOf(
  applications: readonly ApplicationRecord[],
  digests: ReadonlySet<string>,
): ApplicationRecord | null {
  return applications.reduce<ApplicationRecord | null>((best, one) => {
    if (best === null || isNewer(one.version, best.version)) {
      return one
    }
    const isOlder = isNewer(best.version, one.version)
    return isOlder || (digests.has(best.digest) && !digests.has(one.digest)) ? best : one
  }, null)
}

/** Null where nothing of the topic was published, or where it is not known yet what is left of it. */
export async function newestPublished(
  id: TopicId,
  reader: StoreReader,
): Promise<NewestPublished | null> {
  const applications = await reader.applications(id)
  // One that is looked at again (`retest`) has its ref all the time.
  const published = applications.filter(
    (one) => one.seriesRef !== null && one.application.outcome === 'applied',
  )
  const here: ApplicationRecord[] = []
  for (const one of published) {
    const where = await whereabouts(one, reader)
    if (where === 'unknown') {
      return null
    }
    if (where === 'here') {
      here.push(one)
    }
  }
  const digests = new Set((await reader.seriesOfTopic(id)).map(({ digest }) => digest))
  return published.length === 0 ? null : { applications, newest: newestOf(here, digests) }
}
