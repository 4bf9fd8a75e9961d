import type { MessageId, TopicId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { ownMails as ownMailsOf } from '../../core/series.ts'
import { titleStem } from '../../core/title-stem.ts'
import { seriesFromJson, seriesToJson } from '../facts.ts'
import { prepared, preparedEach, preparedFor } from '../prepared.ts'
import type { RelativesQuery } from '../store.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { MessageIds } from './message-ids.ts'

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

function toSeriesRecord(row: SeriesRow): SeriesRecord {
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

/** As long as core links by titles. */
const titlesLastMs = 366 * 24 * 60 * 60 * 1000
/** The latest time a Date can hold. */
const maxTime = 8_640_000_000_000_000

/** Titles that say something, each once. */
function stemKeys(titles: readonly string[]): readonly string[] {
  const stems = titles.map(titleStem).filter((stem) => stem !== '')
  return [...new Set(stems.map(indexKey))]
}

function addressKey(address: string): string {
  return indexKey(address.toLowerCase())
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

export async function seriesOfTopic(db: Db, topic: TopicId): Promise<readonly SeriesRecord[]> {
  return (await withTopic(db, { topic })).rows.map(toSeriesRecord)
}

export async function seriesTouching(
  db: Db,
  ids: MessageIds,
  messageIds: readonly MessageId[],
): Promise<readonly SeriesRecord[]> {
  return await seriesNumbered(db, await idsTouching(db, ids, messageIds))
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

function needKeys(
  messageIds: readonly MessageId[],
  patchIds: readonly string[],
): readonly string[] {
  return [...new Set([...messageIds.map((id) => `<${id}>`), ...patchIds].map(indexKey))]
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

interface Namesakes {
  readonly submitter: string
  readonly from: number
  readonly to: number
}

// A mail without any date counts from 1970 and says nothing about time.
const namesakes = preparedFor((db, stems: readonly string[], { submitter, from, to }: Namesakes) =>
  db
    .selectFrom('series_title')
    .select('series as id')
    .where('submitter', '=', submitter)
    .where('stem', 'in', stems)
    .where((where) =>
      where.or([where.between('started_at', from, to), where('started_at', '=', 0)]),
    )
    .compile(),
)

const withPatches = preparedFor(
  (db, patchIds: readonly string[], { submitter }: { readonly submitter: string }) =>
    db
      .selectFrom('series_patch')
      .innerJoin('series', 'series.id', 'series_patch.series')
      .select('series.id')
      .where('series_patch.patch_id', 'in', patchIds)
      .where('series.submitter', '=', submitter)
      .compile(),
)

const withChangeId = prepared((db, { changeId }: { readonly changeId: string }) =>
  db.selectFrom('series').select('id').where('change_id', '=', changeId).compile(),
)

/** See `StoreReader.relatives`. */
export async function relatives(
  db: Db,
  ids: MessageIds,
  query: RelativesQuery,
): Promise<readonly SeriesRecord[]> {
  const submitter = addressKey(query.submitter)
  const around = query.startedAt.getTime()
  const [from, to] =
    around === 0 ? [-maxTime, maxTime] : [around - titlesLastMs, around + titlesLastMs]
  const { changeId } = query
  const found = [
    ...(await namesakes(db, stemKeys(query.titles), { submitter, from, to })),
    ...(await withPatches(db, query.patchIds.map(indexKey), { submitter })),
    ...(changeId === null ? [] : (await withChangeId(db, { changeId: indexKey(changeId) })).rows),
  ]
  const touching = await idsTouching(db, ids, query.messageIds)
  return await seriesNumbered(db, new Set([...touching, ...found.map(({ id }) => id)]))
}

const touchedBy = preparedFor((db, mails: readonly number[]) =>
  db.selectFrom('series_mail').select('series').where('message', 'in', mails).compile(),
)

async function idsTouching(
  db: Db,
  ids: MessageIds,
  messageIds: readonly MessageId[],
): Promise<readonly number[]> {
  const rows = await touchedBy(db, await ids.find(messageIds), {})
  return rows.map(({ series }) => series)
}

const numbered = preparedFor((db, ids: readonly number[]) =>
  db.selectFrom('series').select(seriesColumns).where('id', 'in', ids).compile(),
)

/** By start, then version. */
async function seriesNumbered(db: Db, ids: Iterable<number>): Promise<readonly SeriesRecord[]> {
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

const judge = prepared((db, row: Judgement & { readonly id: number }) => {
  const { id, ...judgement } = row
  return db.updateTable('series').set(judgement).where('id', '=', id).compile()
})

/** See `StoreTransaction.replaceSeries`. A series whose facts are the same keeps its rows. */
export async function replaceSeries(
  db: Db,
  ids: MessageIds,
  ownMails: readonly MessageId[],
  series: readonly SeriesRecord[],
): Promise<void> {
  const stored = await seriesWithOwn(db, await ids.find(ownMails))
  const kept = new Set<number>()
  const added: SeriesRecord[] = []
  for (const record of series) {
    const facts = seriesToJson(record.series)
    const same = stored.find((row) => row.facts === facts && !kept.has(row.id))
    if (same === undefined) {
      added.push(record)
    } else {
      kept.add(same.id)
      await judge(db, { id: same.id, ...judgement(record) })
    }
  }
  const outdated = stored.map(({ id }) => id).filter((id) => !kept.has(id))
  await removeNumbered(db, outdated, {})
  for (const record of added) {
    await addSeries(db, ids, record)
  }
}

const withOwn = preparedFor((db, mails: readonly number[]) =>
  db
    .selectFrom('series_mail')
    .innerJoin('series', 'series.id', 'series_mail.series')
    .select(['series.id', 'series.facts'])
    .distinct()
    .where('series_mail.message', 'in', mails)
    .where('series_mail.is_own', '=', 1)
    .compile(),
)

async function seriesWithOwn(
  db: Db,
  mails: readonly number[],
): Promise<readonly Pick<Row<'series'>, 'id' | 'facts'>[]> {
  const rows = await withOwn(db, mails, {})
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}

const removeNumbered = preparedFor((db, ids: readonly number[]) =>
  db.deleteFrom('series').where('id', 'in', ids).compile(),
)

/** What is decided about a series, apart from what it is. */
type Judgement = Pick<
  Row<'series'>,
  'project' | 'routing' | 'list' | 'topic' | 'linked_by' | 'digest' | 'is_silent' | 'updated_at'
>

function judgement(record: SeriesRecord): Judgement {
  return {
    project: record.project,
    routing: record.routing,
    list: record.list,
    topic: record.topic,
    linked_by: record.linkedBy,
    digest: record.digest,
    is_silent: toFlag(record.isSilent),
    updated_at: record.updatedAt.getTime(),
  }
}

const removeNamed = prepared(
  (db, { anchor, version, minor }: Pick<Row<'series'>, 'anchor' | 'version' | 'minor'>) =>
    db
      .deleteFrom('series')
      .where('anchor', '=', anchor)
      .where('version', '=', version)
      .where('minor', '=', minor)
      .compile(),
)

const insertSeries = prepared((db, row: Omit<Row<'series'>, 'id'>) =>
  db.insertInto('series').values(row).returning('id').compile(),
)

const insertMails = preparedEach((db, row: Row<'series_mail'>) =>
  db.insertInto('series_mail').values(row).compile(),
)

const insertPatches = preparedEach((db, row: Row<'series_patch'>) =>
  db.insertInto('series_patch').values(row).compile(),
)

const insertNeeds = preparedEach((db, row: Row<'series_need'>) =>
  db.insertInto('series_need').values(row).compile(),
)

const insertTitles = preparedEach((db, row: Row<'series_title'>) =>
  db.insertInto('series_title').values(row).compile(),
)

async function addSeries(db: Db, ids: MessageIds, record: SeriesRecord): Promise<void> {
  const { series } = record
  const { version, minor } = series
  const own = ownMailsOf(series)
  const idOf = await ids.intern([series.anchor, ...own, ...series.answers])
  const anchor = idOf(series.anchor)
  await removeNamed(db, { anchor, version, minor })
  const submitter = addressKey(series.submitter.address)
  const started_at = series.startedAt.getTime()
  const { rows } = await insertSeries(db, {
    anchor,
    version,
    minor,
    started_at,
    change_id: series.changeId === null ? null : indexKey(series.changeId),
    submitter,
    facts: seriesToJson(series),
    ...judgement(record),
  })
  const mails = new Set(own.map(idOf))
  const answers = new Set(series.answers.map(idOf))
  const patchIds = new Set(series.patches.flatMap(({ patchId }) => patchId ?? []).map(indexKey))
  const stems = stemKeys([series.name, ...series.patches.map(({ subject }) => subject)])
  for (const { id } of rows) {
    await insertMails(db, [
      ...[...mails].map((message) => ({ message, is_own: 1 as const, series: id })),
      ...[...answers].map((message) => ({ message, is_own: 0 as const, series: id })),
    ])
    await insertPatches(
      db,
      [...patchIds].map((patch_id) => ({ patch_id, series: id })),
    )
    await insertNeeds(
      db,
      needKeys(series.dependsOn, series.prerequisitePatchIds).map((need) => ({ need, series: id })),
    )
    await insertTitles(
      db,
      stems.map((stem) => ({ submitter, stem, started_at, series: id })),
    )
  }
}
