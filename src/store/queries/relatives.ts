import type { SeriesRecord } from '../../core/records.ts'
import { prepared, preparedFor } from '../prepared.ts'
import type { RelativesQuery } from '../store.ts'
import type { Db } from '../tables.ts'
import { indexKey } from '../text.ts'
import type { KnownSeries } from './known-series.ts'
import type { MessageIds } from './message-ids.ts'
import { idsTouching, seriesNumbered } from './series.ts'
import { addressKey, stemKeys, stemOfKey, titleKey } from './series-keys.ts'

/** As long as core links by titles. */
const titlesLastMs = 366 * 24 * 60 * 60 * 1000
/** The latest time a Date can hold. */
const maxTime = 8_640_000_000_000_000

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
  known: KnownSeries | null,
  query: RelativesQuery,
): Promise<readonly SeriesRecord[]> {
  const submitter = addressKey(query.submitter)
  const around = query.startedAt.getTime()
  const [from, to] =
    around === 0 ? [-maxTime, maxTime] : [around - titlesLastMs, around + titlesLastMs]
  const { changeId } = query
  const stems = stemKeys(query.titles, known === null ? undefined : (title) => known.stemOf(title))
  const patchIds = query.patchIds.map(indexKey)
  const titles = known?.titles.worthAsking(stems.map((stem) => titleKey(submitter, stem)))
  const found = [
    ...(await namesakes(db, titles?.map(stemOfKey) ?? stems, { submitter, from, to })),
    ...(await withPatches(db, known?.patchIds.worthAsking(patchIds) ?? patchIds, { submitter })),
    ...(changeId === null ? [] : (await withChangeId(db, { changeId: indexKey(changeId) })).rows),
  ]
  const touching = await idsTouching(db, ids, known, query.messageIds)
  return await seriesNumbered(db, new Set([...touching, ...found.map(({ id }) => id)]))
}
