import { sql } from 'kysely'
import type { MessageId } from '../../core/ids.ts'
import type { OutboxRecord, OutboxState } from '../../core/records.ts'
import type { OutgoingMail } from '../../core/report/outgoing-mail.ts'
import { chunksOf } from '../chunk.ts'
import { mailFromJson, mailToJson } from '../facts.ts'
import type { StoreReader } from '../store.ts'
import { type Db, type Row, toDate } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { MessageIds } from './message-ids.ts'

function toOutboxRecord(row: Row<'outbox'>): OutboxRecord {
  return {
    key: row.key,
    kind: row.kind,
    project: row.project,
    list: row.list,
    topic: row.topic,
    version: row.version,
    head: row.head,
    mail: mailFromJson(row.mail),
    state: row.state,
    note: row.note,
    createdAt: toDate(row.created_at),
    offeredAt: toDate(row.offered_at),
    updatedAt: toDate(row.updated_at),
  }
}

export async function outboxEntry(db: Db, key: string): Promise<OutboxRecord | null> {
  const row = await db
    .selectFrom('outbox')
    .selectAll()
    .where('key_index', '=', indexKey(key))
    .executeTakeFirst()
  return row === undefined ? null : toOutboxRecord(row)
}

export async function outboxByMessageId(
  db: Db,
  ids: MessageIds,
  messageId: MessageId,
): Promise<OutboxRecord | null> {
  const id = await ids.findOne(messageId)
  if (id === null) {
    return null
  }
  const row = await db
    .selectFrom('outbox')
    .selectAll()
    .where('message', '=', id)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : toOutboxRecord(row)
}

export async function outboxKeysEndingIn(
  db: Db,
  end: string,
  limit: number,
): Promise<readonly string[]> {
  const pattern = `%${end.replaceAll(/[\\%_]/g, String.raw`\$&`)}`
  const rows = await db
    .selectFrom('outbox')
    .select('key')
    .where(sql<boolean>`key like ${pattern} escape ${'\\'}`)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ key }) => key)
}

export async function outboxByIdStart(db: Db, start: string): Promise<OutboxRecord | null> {
  const rows = await db
    .selectFrom('message_id')
    .innerJoin('outbox', 'outbox.message', 'message_id.id')
    .selectAll('outbox')
    .where('message_id.name', '>=', start)
    .where('message_id.name', '<', `${start}~`)
    .orderBy('outbox.id')
    .limit(2)
    .execute()
  const [row] = rows
  return row === undefined || rows.length > 1 ? null : toOutboxRecord(row)
}

export async function outbox(
  db: Db,
  filter: Parameters<StoreReader['outbox']>[0],
): Promise<readonly OutboxRecord[]> {
  const { states, topic, kind } = filter
  if (states?.length === 0) {
    return []
  }
  let query = db.selectFrom('outbox').selectAll()
  if (states !== undefined) {
    query = query.where('state', 'in', states)
  }
  if (topic !== undefined) {
    query = query.where('topic', '=', topic)
  }
  if (kind !== undefined) {
    query = query.where('kind', '=', kind)
  }
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute()
  return rows.map(toOutboxRecord)
}

/** See `StoreReader.offered`. */
export async function offered(
  db: Db,
  of: Parameters<StoreReader['offered']>[0],
): Promise<readonly Date[]> {
  if (of.limit === 0) {
    return []
  }
  const among = db.selectFrom('outbox').select('offered_at')
  const rows = await ('topic' in of
    ? among.where('topic', '=', of.topic)
    : among.where('project', '=', of.project).where('list', '=', of.list)
  )
    .where('offered_at', '>', of.since.getTime())
    .where('kind', '!=', 'digest')
    .where('key_index', '!=', indexKey(of.besides))
    .orderBy('offered_at', 'desc')
    .limit(of.limit)
    .execute()
  return rows.map(({ offered_at }) => toDate(offered_at)).filter((at) => at !== null)
}

export async function outboxCounts(
  db: Db,
): Promise<Readonly<Partial<Record<OutboxState, number>>>> {
  const rows = await db
    .selectFrom('outbox')
    .select((e) => ['state', e.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

export async function addToOutbox(db: Db, ids: MessageIds, record: OutboxRecord): Promise<boolean> {
  const { messageId } = record.mail
  const idOf = await ids.intern([messageId])
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('outbox')
    .values({
      key_index: indexKey(record.key),
      key: record.key,
      kind: record.kind,
      project: record.project,
      list: record.list,
      topic: record.topic,
      version: record.version,
      head: record.head,
      message: idOf(messageId),
      mail: mailToJson(record.mail),
      state: record.state,
      note: record.note,
      created_at: record.createdAt.getTime(),
      offered_at: record.offeredAt?.getTime() ?? null,
      updated_at: record.updatedAt.getTime(),
    })
    .onConflict((conflict) => conflict.column('key_index').doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

export async function moveOutbox(
  db: Db,
  key: string,
  from: readonly OutboxState[],
  to: OutboxState,
  note: string,
  at: Date,
): Promise<boolean> {
  if (from.length === 0) {
    return false
  }
  const { numUpdatedRows } = await db
    .updateTable('outbox')
    .set({
      state: to,
      note,
      updated_at: at.getTime(),
      ...(to === 'sending' ? { offered_at: at.getTime() } : {}),
    })
    .where('key_index', '=', indexKey(key))
    .where('state', 'in', from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function rewriteMail(db: Db, key: string, mail: OutgoingMail): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ mail: mailToJson(mail) })
    .where('key_index', '=', indexKey(key))
    .executeTakeFirstOrThrow()
}

/** See `StoreTransaction.hastenMails`. */
export async function hastenMails(db: Db, noteStart: string, at: Date): Promise<void> {
  await db
    .updateTable('job')
    .set({ run_at: at.getTime() })
    .where('state', '=', 'waiting')
    .where('kind', '=', 'send')
    .where('run_at', '>', at.getTime())
    .where('key_index', 'in', (e) =>
      e
        .selectFrom('outbox')
        .select('key_index')
        .where('outbox.state', '=', 'pending')
        .where('note', '>=', noteStart)
        .where('note', '<', `${noteStart}~`),
    )
    .execute()
}

/** See `StoreReader.nextTurns`. */
export async function nextTurns(
  db: Db,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const turns = new Map<string, Date>()
  for (const chunk of chunksOf(keys.map(indexKey))) {
    const rows = await db
      .selectFrom('job')
      .select(['key', 'run_at'])
      .where('kind', '=', 'send')
      .where('key_index', 'in', chunk)
      .where('state', '=', 'waiting')
      .execute()
    for (const row of rows) {
      turns.set(row.key, toDate(row.run_at))
    }
  }
  return turns
}
