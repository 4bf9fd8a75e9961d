import { effectiveDate } from '../../core/message.ts'
import type { SeriesRecord } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'

/** An archive that begins later knows too little of the people on its list to call anybody new. */
const knownForMs = 30 * 24 * 60 * 60 * 1000

/** An archive is imported in batches, and within one the oldest mail may be any. */
const looked = 100

/** Whether nothing came from this submitter before, as far as an archive tells that reaches back a while. */
export async function isFirstPatch(
  { topic, series }: SeriesRecord,
  reader: Pick<StoreReader, 'firstMessages' | 'hasOtherTopic'>,
): Promise<boolean> {
  const first = await reader.firstMessages(looked)
  const since = first
    .map(({ message }) => effectiveDate(message).getTime())
    .filter((time) => time > 0)
  return (
    series.startedAt.getTime() - Math.min(...since) >= knownForMs &&
    !(await reader.hasOtherTopic(series.submitter.address, topic))
  )
}
