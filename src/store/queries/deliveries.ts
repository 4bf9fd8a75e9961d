import { cleanText } from '../../core/clean-json.ts'
import type { ArchivePosition, Cursor } from '../../core/delivery.ts'
import type { MessageId, Sha } from '../../core/ids.ts'
import type { DeliveryRecord, QuarantineRecord } from '../../core/records.ts'
import { prepared, preparedFor } from '../prepared.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import type { MessageIds } from './message-ids.ts'

const archiveTipName = 'archive-tip'

export async function cursor(db: Db, source: string): Promise<Cursor | null> {
  const row = await db
    .selectFrom('source_cursor')
    .select('cursor')
    .where('source', '=', source)
    .executeTakeFirst()
  return row?.cursor ?? null
}

export async function saveCursor(db: Db, source: string, value: Cursor): Promise<void> {
  await db
    .insertInto('source_cursor')
    .values({ source, cursor: value })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ cursor: value }))
    .execute()
}

export async function archiveTip(db: Db): Promise<ArchivePosition | null> {
  const row = await db
    .selectFrom('store_fact')
    .select('value')
    .where('name', '=', archiveTipName)
    .executeTakeFirst()
  return row?.value ?? null
}

export async function advanceArchiveTip(
  db: Db,
  from: ArchivePosition | null,
  to: ArchivePosition,
): Promise<boolean> {
  if (from === null) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('store_fact')
      .values({ name: archiveTipName, value: to })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirstOrThrow()
    return numInsertedOrUpdatedRows === 1n
  }
  const { numUpdatedRows } = await db
    .updateTable('store_fact')
    .set({ value: to })
    .where('name', '=', archiveTipName)
    .where('value', '=', from)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

const blobsOfSource = preparedFor(
  (db, blobs: readonly Sha[], { source }: { readonly source: string }) =>
    db
      .selectFrom('delivery')
      .select('blob')
      .where('blob', 'in', blobs)
      .where('source', '=', source)
      .compile(),
)

/** See `StoreReader.deliveredAmong`. */
export async function deliveredAmong(
  db: Db,
  source: string,
  blobs: readonly Sha[],
): Promise<ReadonlySet<Sha>> {
  const rows = await blobsOfSource(db, blobs, { source })
  return new Set(rows.map(({ blob }) => blob))
}

const deliveriesOf = prepared((db, { message }: { readonly message: number }) =>
  db
    .selectFrom('delivery')
    .select(['position', 'blob', 'source', 'location', 'arrived_at', 'is_silent'])
    .where('message', '=', message)
    .orderBy('arrived_at')
    .orderBy('id')
    .compile(),
)

export async function deliveries(
  db: Db,
  ids: MessageIds,
  messageId: MessageId,
): Promise<readonly DeliveryRecord[]> {
  const id = await ids.findOne(messageId)
  if (id === null) {
    return []
  }
  const { rows } = await deliveriesOf(db, { message: id })
  return rows.map((row) => ({
    position: row.position,
    blob: row.blob,
    source: row.source,
    location: row.location,
    arrivedAt: toDate(row.arrived_at),
    isSilent: row.is_silent === 1,
    messageId: cleanText(messageId) as MessageId,
  }))
}

const sourcesOfMails = preparedFor((db, messages: readonly number[]) =>
  db
    .selectFrom('delivery')
    .select(['message', 'source'])
    .where('message', 'in', messages)
    .orderBy('arrived_at')
    .orderBy('id')
    .compile(),
)

/** See `StoreReader.sourcesOf`. */
export async function sourcesOf(
  db: Db,
  ids: MessageIds,
  messageIds: readonly MessageId[],
): Promise<ReadonlyMap<MessageId, readonly string[]>> {
  const sources = new Map<number, string[]>()
  for (const { message, source } of await sourcesOfMails(db, await ids.find(messageIds), {})) {
    if (message !== null) {
      sources.set(message, [...(sources.get(message) ?? []), source])
    }
  }
  const found = new Map<MessageId, readonly string[]>()
  for (const messageId of messageIds) {
    found.set(messageId, sources.get((await ids.findOne(messageId)) ?? -1) ?? [])
  }
  return found
}

const insertDelivery = prepared((db, row: Omit<Row<'delivery'>, 'id'>) =>
  db
    .insertInto('delivery')
    .values(row)
    .onConflict((conflict) => conflict.columns(['blob', 'source']).doNothing())
    .compile(),
)

export async function addDelivery(
  db: Db,
  ids: MessageIds,
  delivery: DeliveryRecord,
): Promise<boolean> {
  const { messageId } = delivery
  const { numAffectedRows } = await insertDelivery(db, {
    source: delivery.source,
    blob: delivery.blob,
    position: delivery.position,
    location: delivery.location,
    arrived_at: delivery.arrivedAt.getTime(),
    is_silent: toFlag(delivery.isSilent),
    message: messageId === null ? null : (await ids.intern([messageId]))(messageId),
  })
  return numAffectedRows === 1n
}

export async function quarantine(db: Db, limit: number): Promise<readonly QuarantineRecord[]> {
  const rows = await db
    .selectFrom('quarantine')
    .select(['source', 'blob', 'position', 'location', 'code', 'reason', 'at'])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ reason, at, ...row }) => ({ ...row, message: reason, at: toDate(at) }))
}

/** One entry per source and mail: the latest reason counts. */
export async function addQuarantine(db: Db, record: QuarantineRecord): Promise<void> {
  const { message: reason, at, ...columns } = record
  const row = { ...columns, reason, at: at.getTime() }
  await db
    .insertInto('quarantine')
    .values(row)
    .onConflict((conflict) => conflict.columns(['blob', 'source']).doUpdateSet(row))
    .execute()
}
