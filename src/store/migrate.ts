import { type RawBuilder, sql } from 'kysely'
import { BotError } from '../core/bot-error.ts'
import { prepared } from './prepared.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { storeError } from './store-error.ts'
import type { Db } from './tables.ts'

/** One step of the schema. What was released is never changed: a new step is added. */
export interface Migration {
  /** From 1, without gaps. */
  readonly number: number
  /** Kebab-case, as in its file name. */
  readonly name: string
  /** In order; `dialect` has the words that differ between databases. */
  statements(dialect: SqlDialect): readonly RawBuilder<unknown>[]
}

/**
 * Runs what is missing of `migrations`, all in one transaction, so that a step that fails leaves the store as it
 * was. Processes that migrate at once wait for each other. Gives the versions before and after, 0 for none.
 * Throws STORE_NEWER, STORE_MIGRATION_FAILED, and what says something of the disk as it is.
 */
export async function runMigrations(
  db: Db,
  migrations: readonly Migration[],
  dialect: SqlDialect,
): Promise<{ readonly from: number; readonly to: number }> {
  const to = newestOf(migrations)
  let step = 'reading the schema'
  try {
    // Every command comes by here; migrating looks over all rows.
    if ((await schemaVersion(db)) === to) {
      return { from: to, to }
    }
    return await dialect.migrating(db, async (tx) => {
      const from = await schemaVersion(tx)
      if (from === null) {
        await sql`create table schema_migration (
          number ${dialect.integer} not null primary key,
          name text not null,
          applied_at ${dialect.integer} not null
        ) ${dialect.strict}`.execute(tx)
      }
      if (from !== null && from > to) {
        throw newerStore(from, to)
      }
      for (const migration of migrations.filter(({ number }) => number > (from ?? 0))) {
        step = `${migration.number} (${migration.name})`
        for (const statement of migration.statements(dialect)) {
          await statement.execute(tx)
        }
        await tx
          .insertInto('schema_migration')
          .values({ number: migration.number, name: migration.name, applied_at: Date.now() })
          .execute()
      }
      return { from: from ?? 0, to }
    })
  } catch (error) {
    if (error instanceof BotError && error.code !== 'STORE_FAULT') {
      throw error
    }
    const said = error instanceof Error ? error.message : String(error)
    throw storeError('STORE_MIGRATION_FAILED', `migration ${step} failed: ${said}`, {
      retry: 'after-human',
      details: { step },
      cause: error,
    })
  }
}

/** The number of the newest step that was run; null where nothing was ever migrated. */
export async function schemaVersion(db: Db): Promise<number | null> {
  const tables = await db.introspection.getTables()
  return tables.some(({ name }) => name === 'schema_migration') ? await newestApplied(db) : null
}

/** The same, quickly, for a store that is known to have been migrated once. */
export async function newestApplied(db: Db): Promise<number> {
  const { rows } = await selectNewest(db, {})
  return rows[0]?.newest ?? 0
}

const selectNewest = prepared((db) =>
  db
    .selectFrom('schema_migration')
    .select((e) => e.fn.max('number').as('newest'))
    .compile(),
)

export function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.number ?? 0
}

export function newerStore(version: number, ours: number): BotError {
  return storeError(
    'STORE_NEWER',
    `the store is of schema ${version}; this version of Patchferry knows up to ${ours}`,
    { retry: 'after-human', details: { version, ours } },
  )
}
