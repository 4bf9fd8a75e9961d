import type { Database, Statement } from 'better-sqlite3'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { openSqlite } from '../../src/store/sqlite/open-sqlite.ts'
import { storeOn } from '../../src/store/sqlite/open-sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

export interface WatchedStore {
  readonly store: Store
  /** Every statement that was run, and how many rows it gave, in order. */
  readonly runs: { readonly sql: string; readonly rows: number }[]
  /** The lines of SQLite's plan for a statement. */
  readonly planOf: (sql: string) => readonly string[]
}

/** A store that tells which statements it runs. The store closes its connections. */
export async function openWatchedStore(file: string): Promise<WatchedStore> {
  const connections = await openSqlite(file)
  const runs: { readonly sql: string; readonly rows: number }[] = []
  for (const database of [connections.writer, connections.reader]) {
    watch(database, runs)
  }
  const store = await storeOn(connections, { looseGapMs: defaultLooseGapMs })
  await store.migrate()
  return { store, runs, planOf: (sql) => planOf(connections.writer, sql) }
}

function watch(database: Database, runs: { readonly sql: string; readonly rows: number }[]): void {
  const prepare = database.prepare.bind(database)
  function watched(sql: string): Statement<unknown[]> {
    const statement = prepare(sql) as Statement<unknown[]>
    const all = statement.all.bind(statement)
    const run = statement.run.bind(statement)
    return Object.assign(statement, {
      all(parameters: readonly unknown[]) {
        const rows = all(parameters)
        runs.push({ sql, rows: rows.length })
        return rows
      },
      run(parameters: readonly unknown[]) {
        runs.push({ sql, rows: 0 })
        return run(parameters)
      },
    })
  }
  Object.assign(database, { prepare: watched })
}

function planOf(database: Database, sql: string): readonly string[] {
  const parameters = Array.from(sql.matchAll(/\?/g), () => null)
  const explain = database.prepare<unknown[], { readonly detail: string }>(
    `explain query plan ${sql}`,
  )
  return explain.all(parameters).map(({ detail }) => detail)
}
