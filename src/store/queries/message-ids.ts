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
  /** By the Message-ID itself, of which making the name costs more than looking it up. */
  const numbers = new Map<MessageId, number>()

  function knownNumber(messageId: MessageId): number | null {
    const number = numbers.get(messageId)
    if (number !== undefined) {
      return number
    }
    const named = known.get(indexKey(messageId))
    if (named !== undefined) {
      numbers.set(messageId, named)
    }
    return named ?? null
  }

  async function lookUp(names: Iterable<string>): Promise<void> {
    const unseen = new Set([...names].filter((name) => !known.has(name)))
    for (const { name, id } of await idsNamed(db, unseen, {})) {
      known.set(name, id)
    }
  }

  async function find(messageIds: Iterable<MessageId>): Promise<readonly number[]> {
    const distinct = new Set(messageIds)
    const unseen = [...distinct].filter((messageId) => knownNumber(messageId) === null)
    await lookUp(unseen.map(indexKey))
    return [...new Set([...distinct].flatMap((messageId) => knownNumber(messageId) ?? []))]
  }

  function numberOf(messageId: MessageId): number {
    const id = knownNumber(messageId)
    if (id === null) {
      throw storeError('STORE_FAULT', `${messageId} was given no number`, { retry: 'never' })
    }
    return id
  }

  return {
    find,
    async findOne(messageId) {
      return knownNumber(messageId) ?? (await find([messageId]))[0] ?? null
    },
    learn: (messageId, id) => numbers.set(messageId, id),
    async intern(messageIds) {
      if (messageIds.every((messageId) => knownNumber(messageId) !== null)) {
        return numberOf
      }
      const named = new Map(messageIds.map((messageId) => [indexKey(messageId), messageId]))
      await lookUp(named.keys())
      // Sorted, so that two transactions on PostgreSQL do not wait for each other crosswise.
      const fresh = [...named.keys()].filter((name) => !known.has(name)).sort()
      const rows = fresh.map((name) => ({ name, full_text: fullText(name, named.get(name)) }))
      await addIds(db, rows)
      // Asking for all together is cheaper than having each told, and finds what another process has just added too.
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
      .compile(),
)

/** Null where the name says it all. */
function fullText(name: string, messageId: MessageId | undefined): MessageId | null {
  const clean = cleanText(messageId ?? '') as MessageId
  return clean === name ? null : clean
}
