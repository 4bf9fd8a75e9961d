import type { MessageId, TopicId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { seriesFromJson } from '../facts.ts'
import { prepared, preparedFor } from '../prepared.ts'
import { type Db, type Row, toDate } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { KnownSeries } from './known-series.ts'
import type { MessageIds } from './message-ids.ts'
import { addressKey, needKeys } from './series-keys.ts'

const seriesColumns = [
  'series.id',
  'series.facts',
  'series.project',
  'series.routing',
  'series.list',
  'series.topic',
  'series.linked_by',
  'series.digest',
  'series.is_silent',
  'series.updated_at',
] as const

type SeriesRow = Omit<
  Row<'series'>,
  'anchor' | 'version' | 'minor' | 'started_at' | 'change_id' | 'submitter'
>

export function toSeriesRecord(row: SeriesRow): SeriesRecord {
  return {
    series: seriesFromJson(row.facts),
    project: row.project,
    routing: row.routing,
    list: row.list,
    topic: row.topic,
    linkedBy: row.linked_by,
    digest: row.digest,
    isSilent: row.is_silent === 1,
    updatedAt: toDate(row.updated_at),
  }
}

export async function seriesOf(
  db: Db,
  ids: MessageIds,
  messageId: MessageId,
): Promise<SeriesRecord | null> {
  const id = await ids.findOne(messageId)
  if (id === null) {
    return null
  }
  const row = await db
    .selectFrom('series_mail')
    .innerJoin('series', 'series.id', 'series_mail.series')
    .select(seriesColumns)
    .where('series_mail.message', '=', id)
    .where('series_mail.is_own', '=', 1)
    .orderBy('series.version', 'desc')
    .orderBy('series.minor', 'desc')
    .orderBy('series.started_at', 'desc')
    .executeTakeFirst()
  return row === undefined ? null : toSeriesRecord(row)
}

/** Where versions share an anchor, the newest. */
export async function seriesByAnchor(
  db: Db,
  ids: MessageIds,
  anchor: MessageId,
): Promise<SeriesRecord | null> {
  const id = await ids.findOne(anchor)
  if (id === null) {
    return null
  }
  const row = await db
    .selectFrom('series')
    .select(seriesColumns)
    .where('anchor', '=', id)
    .orderBy('version', 'desc')
    .orderBy('minor', 'desc')
    .executeTakeFirst()
  return row === undefined ? null : toSeriesRecord(row)
}

const withTopic = prepared((db, { topic }: { readonly topic: TopicId }) =>
  db
    .selectFrom('series')
    .select(seriesColumns)
    .where('topic', '=', topic)
    .orderBy('version')
    .orderBy('minor')
    .orderBy('started_at')
    .orderBy('id')
    .compile(),
)

export async function seriesOfTopic(
  db: Db,
  known: KnownSeries | null,
  topic: TopicId,
): Promise<readonly SeriesRecord[]> {
  return known?.ofTopic(topic) ?? (await withTopic(db, { topic })).rows.map(toSeriesRecord)
}

export async function seriesTouching(
  db: Db,
  ids: MessageIds,
  known: KnownSeries | null,
  messageIds: readonly MessageId[],
): Promise<readonly SeriesRecord[]> {
  return await seriesNumbered(db, await idsTouching(db, ids, known, messageIds))
}

/** See `StoreReader.hasOtherTopic`. Every series with a title that says something is in `series_title`. */
export async function hasOtherTopic(db: Db, submitter: string, topic: TopicId): Promise<boolean> {
  const row = await db
    .selectFrom('series_title')
    .innerJoin('series', 'series.id', 'series_title.series')
    .select('series.id')
    .where('series_title.submitter', '=', addressKey(submitter))
    .where('series.topic', '!=', topic)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

const holdersOf = preparedFor((db, patchIds: readonly string[]) =>
  db.selectFrom('series_patch').select('series').where('patch_id', 'in', patchIds).compile(),
)

/** See `StoreReader.seriesWithPatches`. */
export async function seriesWithPatches(
  db: Db,
  patchIds: readonly string[],
): Promise<readonly SeriesRecord[]> {
  const rows = await holdersOf(db, patchIds.map(indexKey), {})
  return await seriesNumbered(db, new Set(rows.map(({ series }) => series)))
}

const needing = preparedFor((db, needs: readonly string[]) =>
  db.selectFrom('series_need').select('series').where('need', 'in', needs).compile(),
)

/** See `StoreReader.seriesBuiltOn`. */
export async function seriesBuiltOn(
  db: Db,
  messageIds: readonly MessageId[],
  patchIds: readonly string[],
): Promise<readonly SeriesRecord[]> {
  const rows = await needing(db, needKeys(messageIds, patchIds), {})
  return await seriesNumbered(db, new Set(rows.map(({ series }) => series)))
}

/** See `StoreReader.unroutedSeries`. */
export async function unroutedSeries(db: Db, limit: number): Promise<readonly SeriesRecord[]> {
  const rows = await db
    .selectFrom('series')
    .select(seriesColumns)
    .where('project', 'is', null)
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toSeriesRecord)
}

/** See `StoreReader.unroutedCounts`. */
export async function unroutedCounts(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('series')
    .select(({ fn }) => ['routing', fn.countAll<number>().as('count')])
    .where('project', 'is', null)
    .groupBy('routing')
    .orderBy('count', 'desc')
    .orderBy('routing')
    .execute()
  return new Map(rows.map(({ routing, count }) => [routing, Number(count)]))
}

const touchedBy = preparedFor((db, mails: readonly number[]) =>
  db.selectFrom('series_mail').select('series').where('message', 'in', mails).compile(),
)

export async function idsTouching(
  db: Db,
  ids: MessageIds,
  known: KnownSeries | null,
  messageIds: readonly MessageId[],
): Promise<readonly number[]> {
  const mails = await ids.find(messageIds)
  const rows = await touchedBy(db, known?.mails.worthAsking(mails) ?? mails, {})
  return rows.map(({ series }) => series)
}

const numbered = preparedFor((db, ids: readonly number[]) =>
  db.selectFrom('series').select(seriesColumns).where('id', 'in', ids).compile(),
)

/** By start, then version. */
export async function seriesNumbered(
  db: Db,
  ids: Iterable<number>,
): Promise<readonly SeriesRecord[]> {
  return (await numbered(db, ids, {})).map(toSeriesRecord).sort(byStart)
}

function byStart({ series: a }: SeriesRecord, { series: b }: SeriesRecord): number {
  return (
    a.startedAt.getTime() - b.startedAt.getTime() ||
    a.version - b.version ||
    a.minor - b.minor ||
    (a.anchor < b.anchor ? -1 : 1)
  )
}
