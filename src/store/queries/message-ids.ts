import { cleanText } from '../../core/clean-json.ts'
import type { MessageId } from '../../core/ids.ts'
import { preparedEach, preparedFor } from '../prepared.ts'
import { storeError } from '../store-error.ts'
import type { Db } from '../tables.ts'
import { indexKey } from '../text.ts'

/** The numbers of Message-IDs, for one transaction, which need not ask twice: a number once given stays. */
export interface MessageIds {
  /** The numbers of those of these that were ever seen, in no order, each once. */
  find(messageIds: Iterable<MessageId>): Promise<readonly number[]>
  findOne(messageId: MessageId): Promise<number | null>
  /** This is its number, as a row of it says. */
  learn(messageId: MessageId, id: number): void
  /** Tells the number of each of these, given now to those that had none. */
  intern(messageIds: readonly MessageId[]): Promise<(messageId: MessageId) => number>
}

export function messageIdsIn(db: Db): MessageIds {
  const known = new Map<string, number>()

  async function lookUp(names: Iterable<string>): Promise<void> {
    const unseen = new Set([...names].filter((name) => !known.has(name)))
    for (const { name, id } of await idsNamed(db, unseen, {})) {
      known.set(name, id)
    }
  }

  async function find(messageIds: Iterable<MessageId>): Promise<readonly number[]> {
    const names = new Set([...messageIds].map(indexKey))
    await lookUp(names)
    return [...names].flatMap((name) => known.get(name) ?? [])
  }

  function numberOf(messageId: MessageId): number {
    const id = known.get(indexKey(messageId))
    if (id === undefined) {
      throw storeError('STORE_FAULT', `${messageId} was given no number`, { retry: 'never' })
    }
    return id
  }

  return {
    find,
    async findOne(messageId) {
      return known.get(indexKey(messageId)) ?? (await find([messageId]))[0] ?? null
    },
    learn: (messageId, id) => known.set(indexKey(messageId), id),
    async intern(messageIds) {
      if (messageIds.every((messageId) => known.has(indexKey(messageId)))) {
        return numberOf
      }
      const named = new Map(messageIds.map((messageId) => [indexKey(messageId), messageId]))
      await lookUp(named.keys())
      // Sorted, so that two transactions on PostgreSQL do not wait for each other crosswise.
      const fresh = [...named.keys()].filter((name) => !known.has(name)).sort()
      const rows = fresh.map((name) => ({ name, full_text: fullText(name, named.get(name)) }))
      for (const { name, id } of await addIds(db, rows)) {
        known.set(name, id)
      }
      // What another process has just added is given by no insert.
      await lookUp(fresh)
      return numberOf
    },
  }
}

const idsNamed = preparedFor((db, names: readonly string[]) =>
  db.selectFrom('message_id').select(['name', 'id']).where('name', 'in', names).compile(),
)

const addIds = preparedEach(
  (db, row: { readonly name: string; readonly full_text: MessageId | null }) =>
    db
      .insertInto('message_id')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning(['name', 'id'])
      .compile(),
)

/** Null where the name says it all. */
function fullText(name: string, messageId: MessageId | undefined): MessageId | null {
  const clean = cleanText(messageId ?? '') as MessageId
  return clean === name ? null : clean
}
