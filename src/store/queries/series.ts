import type { MessageId, TopicId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { ownMails as ownMailsOf, type Series } from '../../core/series.ts'
import { titleStem } from '../../core/title-stem.ts'
import { chunksOf, inChunks } from '../chunk.ts'
import { seriesFromJson, seriesToJson } from '../facts.ts'
import type { RelativesQuery } from '../store.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import { indexKey } from '../text.ts'
import { findId, findIds, type InternIds } from './message-ids.ts'

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

/** Titles that say something, each once. */
function stemKeys(titles: readonly string[]): readonly string[] {
  const stems = titles.map(titleStem).filter((stem) => stem !== '')
  return [...new Set(stems.map(indexKey))]
}

function addressKey(address: string): string {
  return indexKey(address.toLowerCase())
}

export async function seriesOf(db: Db, messageId: MessageId): Promise<SeriesRecord | null> {
  const id = await findId(db, messageId)
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
export async function seriesByAnchor(db: Db, anchor: MessageId): Promise<SeriesRecord | null> {
  const id = await findId(db, anchor)
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

export async function seriesOfTopic(db: Db, topic: TopicId): Promise<readonly SeriesRecord[]> {
  const rows = await db
    .selectFrom('series')
    .select(seriesColumns)
    .where('topic', '=', topic)
    .orderBy('version')
    .orderBy('minor')
    .orderBy('started_at')
    .orderBy('id')
    .execute()
  return rows.map(toSeriesRecord)
}

export async function seriesTouching(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<readonly SeriesRecord[]> {
  return await seriesNumbered(db, await idsTouching(db, messageIds))
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

/** See `StoreReader.seriesWithPatches`. */
export async function seriesWithPatches(
  db: Db,
  patchIds: readonly string[],
): Promise<readonly SeriesRecord[]> {
  const rows = await inChunks(patchIds.map(indexKey), (chunk) =>
    db.selectFrom('series_patch').select('series').where('patch_id', 'in', chunk).execute(),
  )
  return await seriesNumbered(db, new Set(rows.map(({ series }) => series)))
}

/** See `StoreReader.relatives`. */
export async function relatives(db: Db, query: RelativesQuery): Promise<readonly SeriesRecord[]> {
  const ids = new Set(await idsTouching(db, query.messageIds))
  const submitter = addressKey(query.submitter)
  const around = query.startedAt.getTime()
  const namesakes = await inChunks(stemKeys(query.titles), (chunk) =>
    db
      .selectFrom('series_title')
      .select('series as id')
      .where('submitter', '=', submitter)
      .where('stem', 'in', chunk)
      .$if(around !== 0, (titles) =>
        // A mail without any date counts from 1970 and says nothing about time.
        titles.where((where) =>
          where.or([
            where.between('started_at', around - titlesLastMs, around + titlesLastMs),
            where('started_at', '=', 0),
          ]),
        ),
      )
      .execute(),
  )
  const withCommonPatch = await inChunks(query.patchIds.map(indexKey), (chunk) =>
    db
      .selectFrom('series_patch')
      .innerJoin('series', 'series.id', 'series_patch.series')
      .select('series.id')
      .where('series_patch.patch_id', 'in', chunk)
      .where('series.submitter', '=', submitter)
      .execute(),
  )
  const withChangeId =
    query.changeId === null
      ? []
      : await db
          .selectFrom('series')
          .select('id')
          .where('change_id', '=', indexKey(query.changeId))
          .execute()
  for (const { id } of [...namesakes, ...withCommonPatch, ...withChangeId]) {
    ids.add(id)
  }
  return await seriesNumbered(db, ids)
}

async function idsTouching(db: Db, messageIds: readonly MessageId[]): Promise<readonly number[]> {
  const mails = (await findIds(db, messageIds)).values()
  const rows = await inChunks(mails, (chunk) =>
    db.selectFrom('series_mail').select('series').where('message', 'in', chunk).execute(),
  )
  return rows.map(({ series }) => series)
}

/** By start, then version. */
async function seriesNumbered(db: Db, ids: Iterable<number>): Promise<readonly SeriesRecord[]> {
  const rows = await inChunks(ids, (chunk) =>
    db.selectFrom('series').select(seriesColumns).where('id', 'in', chunk).execute(),
  )
  return rows.map(toSeriesRecord).sort(byStart)
}

function byStart({ series: a }: SeriesRecord, { series: b }: SeriesRecord): number {
  return (
    a.startedAt.getTime() - b.startedAt.getTime() ||
    a.version - b.version ||
    a.minor - b.minor ||
    (a.anchor < b.anchor ? -1 : 1)
  )
}

/** See `StoreTransaction.replaceSeries`. A series whose facts are the same keeps its rows. */
export async function replaceSeries(
  db: Db,
  internIds: InternIds,
  ownMails: readonly MessageId[],
  series: readonly SeriesRecord[],
): Promise<void> {
  const stored = await seriesWithOwn(db, ownMails)
  const kept = new Set<number>()
  for (const record of series) {
    const facts = seriesToJson(record.series)
    const same = stored.find((row) => row.facts === facts && !kept.has(row.id))
    if (same !== undefined) {
      kept.add(same.id)
      await db.updateTable('series').set(judgement(record)).where('id', '=', same.id).execute()
    }
  }
  await removeSeries(
    db,
    stored.map(({ id }) => id).filter((id) => !kept.has(id)),
  )
  const keptFacts = new Set(stored.filter(({ id }) => kept.has(id)).map(({ facts }) => facts))
  for (const record of series.filter((each) => !keptFacts.has(seriesToJson(each.series)))) {
    await addSeries(db, internIds, record)
  }
}

async function seriesWithOwn(
  db: Db,
  ownMails: readonly MessageId[],
): Promise<readonly Pick<Row<'series'>, 'id' | 'facts'>[]> {
  const mails = (await findIds(db, ownMails)).values()
  const owners = await inChunks(mails, (chunk) =>
    db
      .selectFrom('series_mail')
      .select('series')
      .where('message', 'in', chunk)
      .where('is_own', '=', 1)
      .execute(),
  )
  return await inChunks(
    owners.map(({ series }) => series),
    (chunk) => db.selectFrom('series').select(['id', 'facts']).where('id', 'in', chunk).execute(),
  )
}

async function removeSeries(db: Db, ids: readonly number[]): Promise<void> {
  for (const chunk of chunksOf(ids)) {
    await db.deleteFrom('series').where('id', 'in', chunk).execute()
  }
}

/** What is decided about a series, apart from what it is. */
function judgement(
  record: SeriesRecord,
): Pick<
  Row<'series'>,
  'project' | 'routing' | 'list' | 'topic' | 'linked_by' | 'digest' | 'is_silent' | 'updated_at'
> {
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

async function addSeries(db: Db, internIds: InternIds, record: SeriesRecord): Promise<void> {
  const { series } = record
  const own = ownMailsOf(series)
  const idOf = await internIds([series.anchor, ...own, ...series.answers])
  const anchor = idOf(series.anchor)
  await db
    .deleteFrom('series')
    .where('anchor', '=', anchor)
    .where('version', '=', series.version)
    .where('minor', '=', series.minor)
    .execute()
  const { id } = await db
    .insertInto('series')
    .values({
      anchor,
      version: series.version,
      minor: series.minor,
      started_at: series.startedAt.getTime(),
      change_id: series.changeId === null ? null : indexKey(series.changeId),
      submitter: addressKey(series.submitter.address),
      facts: seriesToJson(series),
      ...judgement(record),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await addMails(db, id, own.map(idOf), 1)
  await addMails(db, id, series.answers.map(idOf), 0)
  await addPatchIds(db, id, series)
  await addTitles(db, id, series)
}

async function addMails(
  db: Db,
  series: number,
  mails: readonly number[],
  isOwn: 0 | 1,
): Promise<void> {
  for (const chunk of chunksOf(mails)) {
    await db
      .insertInto('series_mail')
      .values(chunk.map((mail) => ({ message: mail, is_own: isOwn, series })))
      .execute()
  }
}

async function addPatchIds(db: Db, id: number, series: Series): Promise<void> {
  const patchIds = series.patches.flatMap(({ patchId }) => patchId ?? []).map(indexKey)
  for (const chunk of chunksOf(patchIds)) {
    await db
      .insertInto('series_patch')
      .values(chunk.map((patchId) => ({ patch_id: patchId, series: id })))
      .execute()
  }
}

async function addTitles(db: Db, id: number, series: Series): Promise<void> {
  const titles = [series.name, ...series.patches.map(({ subject }) => subject)]
  const submitter = addressKey(series.submitter.address)
  const startedAt = series.startedAt.getTime()
  for (const chunk of chunksOf(stemKeys(titles))) {
    await db
      .insertInto('series_title')
      .values(chunk.map((stem) => ({ submitter, stem, started_at: startedAt, series: id })))
      .execute()
  }
}
