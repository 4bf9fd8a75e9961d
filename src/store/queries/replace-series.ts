import type { MessageId } from '../../core/ids.ts'
import type { SeriesRecord } from '../../core/records.ts'
import { ownMails as ownMailsOf } from '../../core/series/series.ts'
import { seriesToJson } from '../facts.ts'
import { prepared, preparedEach, preparedFor } from '../prepared.ts'
import { type Db, type Row, toFlag } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { KnownSeries } from './known-series.ts'
import type { MessageIds } from './message-ids.ts'
import { addressKey, needKeys, stemKeys } from './series-keys.ts'

const judge = prepared((db, row: Judgement & { readonly id: number }) => {
  const { id, ...judgement } = row
  return db.updateTable('series').set(judgement).where('id', '=', id).compile()
})

/** See `StoreTransaction.replaceSeries`. A series whose facts are the same keeps its rows. */
export async function replaceSeries(
  db: Db,
  ids: MessageIds,
  known: KnownSeries,
  ownMails: readonly MessageId[],
  series: readonly SeriesRecord[],
): Promise<void> {
  const stored = await seriesWithOwn(db, known.mails.worthAsking(await ids.find(ownMails)))
  const kept = new Set<number>()
  const added: NewSeries[] = []
  for (const record of series) {
    const facts = seriesToJson(record.series)
    const same = stored.find((row) => row.facts === facts && !kept.has(row.id))
    if (same === undefined) {
      added.push({ record, facts })
    } else {
      kept.add(same.id)
      known.forget(same.id, record.topic)
      await judge(db, { id: same.id, ...judgement(record) })
    }
  }
  const outdated = stored.map(({ id }) => id).filter((id) => !kept.has(id))
  for (const id of outdated) {
    known.forget(id, null)
  }
  await removeNumbered(db, outdated, {})
  for (const one of added) {
    await addSeries(db, ids, known, one)
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

/** And its series as JSON. */
interface NewSeries {
  readonly record: SeriesRecord
  readonly facts: string
}

async function addSeries(
  db: Db,
  ids: MessageIds,
  known: KnownSeries,
  { record, facts }: NewSeries,
): Promise<void> {
  const { series } = record
  const { version, minor } = series
  const own = ownMailsOf(series)
  const idOf = await ids.intern([series.anchor, ...own, ...series.answers])
  const anchor = idOf(series.anchor)
  // One that has the same anchor has it for an own mail.
  if (known.mails.worthAsking([anchor]).length > 0) {
    const { numAffectedRows } = await removeNamed(db, { anchor, version, minor })
    if (numAffectedRows !== 0n) {
      known.forgetAll()
    }
  }
  const submitter = addressKey(series.submitter.address)
  const started_at = series.startedAt.getTime()
  const { rows } = await insertSeries(db, {
    anchor,
    version,
    minor,
    started_at,
    change_id: series.changeId === null ? null : indexKey(series.changeId),
    submitter,
    facts,
    ...judgement(record),
  })
  const mails = new Set(own.map(idOf))
  const answers = new Set(series.answers.map(idOf))
  const patchIds = new Set(series.patches.flatMap(({ patchId }) => patchId ?? []).map(indexKey))
  const titles = [series.name, ...series.patches.map(({ subject }) => subject)]
  const stems = stemKeys(titles, (title) => known.stemOf(title))
  for (const { id } of rows) {
    known.add(id, record, { submitter, stems, patchIds, mails: [...mails, ...answers] })
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
