import type { ApplicationRecord } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'

/** `unknown`: some of its mails are in no series, as while a store is rebuilt. */
export type Whereabouts = 'here' | 'left' | 'unknown'

/** Whether what was applied for a topic still is a version of it, or a person moved its mails to another one. */
export async function whereabouts(
  { topic, application }: ApplicationRecord,
  reader: Pick<StoreReader, 'seriesOf'>,
): Promise<Whereabouts> {
  const mails = application.commits.map(({ messageId }) => messageId)
  if (application.outcome === 'conflict') {
    mails.push(application.conflict.messageId)
  }
  let isKnown = mails.length > 0
  for (const mail of mails) {
    const series = await reader.seriesOf(mail)
    if (series?.topic === topic) {
      return 'here'
    }
    isKnown &&= series !== null
  }
  return isKnown ? 'left' : 'unknown'
}
