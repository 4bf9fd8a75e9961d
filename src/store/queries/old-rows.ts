import type { StoreTransaction } from '../store.ts'
import type { Db } from '../tables.ts'

/** See `StoreTransaction.forgetOld`. */
export async function forgetOld(
  db: Db,
  { logs, checks, givenUp }: Parameters<StoreTransaction['forgetOld']>[0],
  limit: number,
): Promise<number> {
  const forgotten = [
    await db
      .updateTable('check_result')
      .set({ log: null })
      .where('id', 'in', (e) =>
        e
          .selectFrom('check_result')
          .select('id')
          .where('log', 'is not', null)
          .where('finished_at', '<=', logs.getTime())
          .limit(limit),
      )
      .executeTakeFirstOrThrow()
      .then(({ numUpdatedRows }) => numUpdatedRows),
    await db
      .deleteFrom('check_result')
      .where('id', 'in', (e) =>
        e
          .selectFrom('check_result')
          .select('id')
          .where('finished_at', '<=', checks.getTime())
          .limit(limit),
      )
      .executeTakeFirstOrThrow()
      .then(({ numDeletedRows }) => numDeletedRows),
    // A mail whose job was given up waits for a person, however long that takes.
    await db
      .deleteFrom('job')
      .where('id', 'in', (e) =>
        e
          .selectFrom('job')
          .select('id')
          .where('state', '=', 'dead')
          .where('kind', '<>', 'send')
          .where('run_at', '<=', givenUp.getTime())
          .limit(limit),
      )
      .executeTakeFirstOrThrow()
      .then(({ numDeletedRows }) => numDeletedRows),
  ]
  return forgotten.reduce((most, count) => Math.max(most, Number(count)), 0)
}
