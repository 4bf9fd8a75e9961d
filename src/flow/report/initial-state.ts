import type { OutboxState } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'

/**
 * How a mail enters the outbox, held where `hold` says why. What a person said of it before the store was lost still
 * holds.
 */
export async function initialState(
  key: string,
  hold: string | null,
  reader: Pick<StoreReader, 'humanDecisions'>,
): Promise<{ readonly state: OutboxState; readonly note: string }> {
  const drops = await reader.humanDecisions('drop')
  if (drops.some(({ decision }) => decision.key === key)) {
    return { state: 'dropped', note: 'a person dropped it' }
  }
  const releases = await reader.humanDecisions('release')
  return hold !== null && !releases.some(({ decision }) => decision.key === key)
    ? { state: 'held', note: `${hold}: a person releases it` }
    : { state: 'pending', note: '' }
}
