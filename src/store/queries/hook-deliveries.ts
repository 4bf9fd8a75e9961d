import type { ForgeHint } from '../../core/pull-request/forge-event.ts'
import type { Db } from '../tables.ts'
import { indexKey } from '../text.ts'

/** Longer than any forge tries a delivery again: GitHub redelivers what is at most three days old. */
const keptMs = 7 * 86_400_000

/** See `StoreTransaction.noteHookDelivery`. */
export async function noteHookDelivery(
  db: Db,
  endpoint: string,
  deliveryId: string,
  kind: ForgeHint['kind'],
  at: Date,
): Promise<boolean> {
  await db
    .deleteFrom('hook_delivery')
    .where('at', '<=', at.getTime() - keptMs)
    .execute()
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('hook_delivery')
    .values({ endpoint, delivery_key: indexKey(deliveryId), kind, at: at.getTime() })
    .onConflict((conflict) => conflict.columns(['endpoint', 'delivery_key']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}
