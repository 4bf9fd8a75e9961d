import { toJson } from '../../core/clean-json.ts'
import { type Arrivals, habitMs, slotOf } from '../../core/watch/arrival-habit.ts'
import type { Condition } from '../../core/watch/condition.ts'
import { type Db, toDate } from '../tables.ts'

const watchedName = 'watched'

interface StoredWatch {
  readonly at: number
  readonly conditions: readonly (Omit<Condition, 'since'> & { readonly since: number })[]
}

/** See `StoreReader.watched`. */
export async function watched(
  db: Db,
): Promise<{ readonly at: Date; readonly conditions: readonly Condition[] } | null> {
  const row = await db
    .selectFrom('store_fact')
    .select('value')
    .where('name', '=', watchedName)
    .executeTakeFirst()
  if (row === undefined) {
    return null
  }
  const { at, conditions } = JSON.parse(row.value) as StoredWatch
  return {
    at: toDate(at),
    conditions: conditions.map((one) => ({ ...one, since: toDate(one.since) })),
  }
}

export async function saveWatched(
  db: Db,
  conditions: readonly Condition[],
  at: Date,
): Promise<void> {
  const stored: StoredWatch = {
    at: at.getTime(),
    conditions: conditions.map((one) => ({ ...one, since: one.since.getTime() })),
  }
  const value = toJson(stored)
  await db
    .insertInto('store_fact')
    .values({ name: watchedName, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/** See `StoreReader.arrivals`. */
export async function arrivals(db: Db, source: string): Promise<Arrivals | null> {
  const rows = await db
    .selectFrom('source_arrival')
    .select(['slot', 'last_at'])
    .where('source', '=', source)
    .orderBy('slot')
    .execute()
  const last = rows.at(-1)
  return last === undefined
    ? null
    : { slots: rows.map(({ slot }) => slot), lastAt: toDate(last.last_at) }
}

/** See `StoreTransaction.noteArrival`. */
export async function noteArrival(db: Db, source: string, at: Date): Promise<void> {
  const lastAt = at.getTime()
  await db
    .insertInto('source_arrival')
    .values({ source, slot: slotOf(at), last_at: lastAt })
    .onConflict((conflict) =>
      conflict
        .columns(['source', 'slot'])
        .doUpdateSet({ last_at: lastAt })
        .where('source_arrival.last_at', '<', lastAt),
    )
    .execute()
  await db
    .deleteFrom('source_arrival')
    .where('source', '=', source)
    .where('slot', '<', slotOf(new Date(lastAt - habitMs)))
    .execute()
}
