import type { MessageId } from '../../core/ids.ts'
import { chunksOf, inChunks } from '../chunk.ts'
import { storeError } from '../store-error.ts'
import type { Db } from '../tables.ts'
import { cleanText, indexKey } from '../text.ts'

/** The numbers of those of these Message-IDs that were ever seen, by `indexKey`. */
export async function findIds(
  db: Db,
  messageIds: Iterable<MessageId>,
): Promise<ReadonlyMap<string, number>> {
  const rows = await inChunks([...messageIds].map(indexKey), (names) => idsNamed(db, names))
  return new Map(rows.map(({ name, id }) => [name, id]))
}

export async function findId(db: Db, messageId: MessageId): Promise<number | null> {
  return (await findIds(db, [messageId])).get(indexKey(messageId)) ?? null
}

/** Tells the number of each of these Message-IDs, given now to those that had none. */
export async function internIds(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<(messageId: MessageId) => number> {
  const known = new Map(await findIds(db, messageIds))
  const missing = new Map(
    messageIds
      .map((messageId) => [indexKey(messageId), messageId] as const)
      .filter(([name]) => !known.has(name)),
  )
  // Sorted, so that two transactions on PostgreSQL do not wait for each other crosswise.
  for (const chunk of chunksOf([...missing.keys()].sort())) {
    const added = await db
      .insertInto('message_id')
      .values(chunk.map((name) => ({ name, full_text: fullText(name, missing.get(name)) })))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning(['name', 'id'])
      .execute()
    const rows = added.length === chunk.length ? added : await idsNamed(db, chunk)
    for (const { name, id } of rows) {
      known.set(name, id)
    }
  }
  return (messageId) => {
    const id = known.get(indexKey(messageId))
    if (id === undefined) {
      throw storeError('STORE_FAULT', `${messageId} was given no number`, { retry: 'never' })
    }
    return id
  }
}

export async function internId(db: Db, messageId: MessageId): Promise<number> {
  const idOf = await internIds(db, [messageId])
  return idOf(messageId)
}

async function idsNamed(
  db: Db,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly id: number }[]> {
  return await db
    .selectFrom('message_id')
    .select(['name', 'id'])
    .where('name', 'in', names)
    .execute()
}

/** Null where the name says it all. */
function fullText(name: string, messageId: MessageId | undefined): MessageId | null {
  const clean = cleanText(messageId ?? '') as MessageId
  return clean === name ? null : clean
}
