import type { MessageId } from '../../core/ids.ts'
import { looseKey, looseTime } from '../../core/loose-join.ts'
import type { Message } from '../../core/message.ts'
import type { Problem } from '../../core/problem.ts'
import type { DeliveryRecord, StoredMessage } from '../../core/records.ts'
import { chunksOf, inChunks } from '../chunk.ts'
import { messageFromJson, messageToJson } from '../facts.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import { indexKey } from '../text.ts'
import { findIds, type InternIds } from './message-ids.ts'

const messageColumns = ['facts', 'position', 'blob', 'arrived_at', 'is_silent'] as const

function toStoredMessage(
  row: Pick<Row<'message'>, (typeof messageColumns)[number]>,
): StoredMessage {
  return {
    message: messageFromJson(row.facts),
    position: row.position,
    blob: row.blob,
    arrivedAt: toDate(row.arrived_at),
    isSilent: row.is_silent === 1,
  }
}

export async function message(db: Db, messageId: MessageId): Promise<StoredMessage | null> {
  const [found] = await messages(db, [messageId])
  return found ?? null
}

/** See `StoreReader.firstMessages`. */
export async function firstMessages(db: Db, limit: number): Promise<readonly StoredMessage[]> {
  const rows = await db
    .selectFrom('message')
    .select(messageColumns)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toStoredMessage)
}

/** In order of arrival. */
export async function messages(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<readonly StoredMessage[]> {
  const ids = (await findIds(db, messageIds)).values()
  return (await messagesNumbered(db, ids)).sort(byArrival)
}

/** Stored messages by the numbers of their ids, in no order. */
export async function messagesNumbered(db: Db, ids: Iterable<number>): Promise<StoredMessage[]> {
  const rows = await inChunks(ids, (chunk) =>
    db.selectFrom('message').select(messageColumns).where('id', 'in', chunk).execute(),
  )
  return rows.map(toStoredMessage)
}

function byArrival(a: StoredMessage, b: StoredMessage): number {
  return a.arrivedAt.getTime() - b.arrivedAt.getTime() || byMessageId(a, b)
}

/** By code unit, whatever order the database has for text. */
export function byMessageId(a: StoredMessage, b: StoredMessage): number {
  return a.message.messageId < b.message.messageId ? -1 : 1
}

export async function messageCount(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('message')
    .select((e) => e.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** See `StoreTransaction.addMessage`. */
export async function addMessage(
  db: Db,
  internIds: InternIds,
  added: Message,
  delivery: DeliveryRecord,
): Promise<'added' | 'known' | 'reused'> {
  const references = [...added.inReplyTo, ...added.references]
  const idOf = await internIds([added.messageId, ...references])
  const id = idOf(added.messageId)
  const key = looseKey(added)
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('message')
    .values({
      id,
      content_hash: added.patch?.contentHash ?? null,
      loose_key: key === null ? null : indexKey(key),
      loose_time: key === null ? null : looseTime(added),
      position: delivery.position,
      blob: delivery.blob,
      arrived_at: delivery.arrivedAt.getTime(),
      is_silent: toFlag(delivery.isSilent),
      facts: messageToJson(added),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n) {
    return await addCopy(db, id, added, delivery)
  }
  const neighbours = references.map(idOf).filter((other) => other !== id)
  for (const chunk of chunksOf(neighbours)) {
    await db
      .insertInto('message_link')
      .values(
        chunk.flatMap((other) => [
          { a: id, b: other },
          { a: other, b: id },
        ]),
      )
      .onConflict((conflict) => conflict.columns(['a', 'b']).doNothing())
      .execute()
  }
  return 'added'
}

/** One more delivery of a mail that is stored. A copy without a patch is one that lost its attachment. */
async function addCopy(
  db: Db,
  id: number,
  copy: Message,
  delivery: DeliveryRecord,
): Promise<'known' | 'reused'> {
  const stored = await db
    .selectFrom('message')
    .select(['content_hash', 'is_silent', 'facts'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (stored.is_silent === 1 && !delivery.isSilent) {
    await db.updateTable('message').set({ is_silent: 0 }).where('id', '=', id).execute()
  }
  if (copy.patch === null || copy.patch.contentHash === stored.content_hash) {
    return 'known'
  }
  const first = messageFromJson(stored.facts)
  if (!first.problems.some(({ code }) => code === reused.code)) {
    const facts = messageToJson({ ...first, problems: [...first.problems, reused] })
    await db.updateTable('message').set({ facts }).where('id', '=', id).execute()
  }
  return 'reused'
}

const reused: Problem = {
  code: 'message-id-reused',
  message: 'another mail with the same Message-ID carries another patch; the first one counts',
}
