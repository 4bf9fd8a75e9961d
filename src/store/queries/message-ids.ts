import type { MessageId } from '../../core/ids.ts'
import { inChunks } from '../chunk.ts'
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
export type InternIds = (
  messageIds: readonly MessageId[],
) => Promise<(messageId: MessageId) => number>

/** For one transaction, which need not ask twice for a number. */
export function interningIds(db: Db): InternIds {
  const known = new Map<string, number>()
  return async (messageIds) => {
    const unseen = new Map(
      messageIds
        .map((messageId) => [indexKey(messageId), messageId] as const)
        .filter(([name]) => !known.has(name)),
    )
    for (const { name, id } of await inChunks(unseen.keys(), (names) => idsNamed(db, names))) {
      known.set(name, id)
      unseen.delete(name)
    }
    for (const { name, id } of await addIds(db, unseen)) {
      known.set(name, id)
    }
    return (messageId) => {
      const id = known.get(indexKey(messageId))
      if (id === undefined) {
        throw storeError('STORE_FAULT', `${messageId} was given no number`, { retry: 'never' })
      }
      return id
    }
  }
}

async function addIds(
  db: Db,
  messageIds: ReadonlyMap<string, MessageId>,
): Promise<readonly NumberedName[]> {
  // Sorted, so that two transactions on PostgreSQL do not wait for each other crosswise.
  return await inChunks([...messageIds.keys()].sort(), async (names) => {
    const added = await db
      .insertInto('message_id')
      .values(names.map((name) => ({ name, full_text: fullText(name, messageIds.get(name)) })))
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning(['name', 'id'])
      .execute()
    return added.length === names.length ? added : await idsNamed(db, names)
  })
}

interface NumberedName {
  readonly name: string
  readonly id: number
}

async function idsNamed(db: Db, names: readonly string[]): Promise<readonly NumberedName[]> {
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
