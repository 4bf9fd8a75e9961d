import type { MessageId } from '../../core/ids.ts'
import { effectiveDate, type Message } from '../../core/message.ts'
import type { Problem } from '../../core/problem.ts'
import type { DeliveryRecord, StoredMessage } from '../../core/records.ts'
import { looseKey } from '../../core/series/loose-join.ts'
import { withReferencesOf } from '../../core/series/merge-copies.ts'
import {
  messageFromJson,
  messageToJson,
  type StorableMessage,
  toStorable,
} from '../../core/storable-message.ts'
import { prepared, preparedEach, preparedFor } from '../prepared.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { MessageIds } from './message-ids.ts'

export const messageColumns = ['facts', 'position', 'blob', 'arrived_at', 'is_silent'] as const

export function toStoredMessage(
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

export async function message(
  db: Db,
  ids: MessageIds,
  messageId: MessageId,
): Promise<StoredMessage | null> {
  const [found] = await messages(db, ids, [messageId])
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
  ids: MessageIds,
  messageIds: readonly MessageId[],
): Promise<readonly StoredMessage[]> {
  return (await messagesNumbered(db, await ids.find(messageIds))).sort(byArrival)
}

const numbered = preparedFor((db, ids: readonly number[]) =>
  db.selectFrom('message').select(messageColumns).where('id', 'in', ids).compile(),
)

/** Stored messages by the numbers of their ids, in no order. */
export async function messagesNumbered(db: Db, ids: Iterable<number>): Promise<StoredMessage[]> {
  return (await numbered(db, ids, {})).map(toStoredMessage)
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

const insertMessage = prepared((db, row: Row<'message'>) =>
  db
    .insertInto('message')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile(),
)

/** Both directions. */
const linkPairs = preparedEach((db, { a, b }: Row<'message_link'>) =>
  db
    .insertInto('message_link')
    .values([
      { a, b },
      { a: b, b: a },
    ])
    .onConflict((conflict) => conflict.columns(['a', 'b']).doNothing())
    .compile(),
)

/** See `StoreTransaction.addMessage`. */
export async function addMessage(
  db: Db,
  ids: MessageIds,
  message: Message | StorableMessage,
  delivery: DeliveryRecord,
): Promise<'added' | 'known' | 'reused'> {
  const added = 'facts' in message ? message : toStorable(message)
  const references = [...added.inReplyTo, ...added.references]
  const idOf = await ids.intern([added.messageId, ...references])
  const id = idOf(added.messageId)
  const neighbours = [...new Set(references.map(idOf))].filter((other) => other !== id)
  const key = added.looseKey
  const { numAffectedRows } = await insertMessage(db, {
    id,
    content_hash: added.contentHash,
    loose_key: key === null ? null : indexKey(key),
    loose_time: key === null ? null : effectiveDate(added).getTime(),
    position: delivery.position,
    blob: delivery.blob,
    arrived_at: delivery.arrivedAt.getTime(),
    is_silent: toFlag(delivery.isSilent),
    facts: added.facts,
  })
  if (numAffectedRows === 0n) {
    return await addCopy(db, id, neighbours, messageFromJson(added.facts), delivery)
  }
  await linkTo(db, id, neighbours)
  return 'added'
}

async function linkTo(db: Db, id: number, neighbours: readonly number[]): Promise<void> {
  await linkPairs(
    db,
    neighbours.map((other) => ({ a: id, b: other })),
  )
}

/** One more delivery of a mail that is stored. A copy without a patch is one that lost its attachment. */
async function addCopy(
  db: Db,
  id: number,
  neighbours: readonly number[],
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
  const first = messageFromJson(stored.facts)
  if (copy.patch === null || copy.patch.contentHash === stored.content_hash) {
    await linkTo(db, id, neighbours)
    await mergeReferences(db, id, first, copy)
    return 'known'
  }
  if (!first.problems.some(({ code }) => code === reused.code)) {
    const facts = messageToJson({ ...first, problems: [...first.problems, reused] })
    await db.updateTable('message').set({ facts }).where('id', '=', id).execute()
  }
  return 'reused'
}

async function mergeReferences(db: Db, id: number, first: Message, copy: Message): Promise<void> {
  const merged = withReferencesOf(first, copy)
  if (merged === first) {
    return
  }
  // What has references is no loose mail any more.
  const loose = looseKey(merged) === null ? { loose_key: null, loose_time: null } : {}
  await db
    .updateTable('message')
    .set({ facts: messageToJson(merged), ...loose })
    .where('id', '=', id)
    .execute()
}

const reused: Problem = {
  code: 'message-id-reused',
  message: 'another mail with the same Message-ID carries another patch; the first one counts',
}
