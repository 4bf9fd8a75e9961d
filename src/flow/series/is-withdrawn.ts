import type { TopicId } from '../../core/ids.ts'
import { isNewer } from '../../core/topic/version-order.ts'
import type { StoreReader } from '../../store/store.ts'

/** Whether a person ended the work on this version, or on a newer one of its topic. */
export async function isWithdrawn(
  topic: TopicId,
  version: string,
  reader: StoreReader,
): Promise<boolean> {
  const withdrawals = await reader.humanDecisions('withdraw')
  return withdrawals.some(
    ({ decision }) => decision.topic === topic && !isNewer(version, decision.version),
  )
}
