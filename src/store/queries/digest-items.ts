import type { DigestItem } from '../../core/report/digest.ts'
import { digestItemFromJson, digestItemToJson } from '../facts.ts'
import type { DigestItemState, StoreReader } from '../store.ts'
import type { Db } from '../tables.ts'
import { indexKey } from '../text.ts'

/** See `StoreReader.digestItems`. */
export async function digestItems(
  db: Db,
  of: Parameters<StoreReader['digestItems']>[0],
): Promise<readonly DigestItem[]> {
  const all = db.selectFrom('digest_item').select('item')
  const asked =
    'topic' in of
      ? all.where('topic', '=', of.topic)
      : 'digest' in of
        ? all.where('digest', '=', of.digest)
        : 'key' in of
          ? all.where('key_index', '=', indexKey(of.key))
          : all
              .where('project', '=', of.project)
              .where('list', '=', of.list)
              .where('state', '=', of.state)
  const rows = await asked.orderBy('at').orderBy('id').execute()
  return rows.map(({ item }) => digestItemFromJson(item))
}

export async function addDigestItem(
  db: Db,
  item: DigestItem,
  state: DigestItemState,
  digest: string | null,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('digest_item')
    .values({
      key_index: indexKey(item.key),
      project: item.project,
      list: item.list,
      topic: item.topic,
      at: item.at.getTime(),
      state,
      digest,
      item: digestItemToJson(item),
    })
    .onConflict((conflict) => conflict.column('key_index').doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function settleDigestItem(
  db: Db,
  key: string,
  state: DigestItemState,
  digest: string | null,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('digest_item')
    .set({ state, digest })
    .where('key_index', '=', indexKey(key))
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}
