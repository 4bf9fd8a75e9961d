import { existsSync } from 'node:fs'
import { Kysely } from 'kysely'
import { createStore } from '../create-store.ts'
import type { Store } from '../store.ts'
import { storeError } from '../store-error.ts'
import type { Tables } from '../tables.ts'
import { openSqlite, type SqliteConnections } from './open-sqlite.ts'
import { sqliteDdl } from './sqlite-ddl.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

export interface SqliteStoreOptions {
  /** Mails without references are neighbours up to this far apart. */
  readonly looseGapMs: number
  /** For looking only: a missing file is STORE_NOT_MIGRATED instead of a new and empty one. */
  readonly mustExist?: boolean
  /**
   * False: a transaction begun inside another one waits for itself for ever instead of being STORE_NESTED. Watching costs each
   * promise of the process a little, which an import of a million mails feels.
   */
  readonly isWatched?: boolean
}

/**
 * Opens the store in this file, an empty one where there is none; `migrate()` makes it usable, and until then every
 * use throws STORE_NOT_MIGRATED. What lives only for one run (tests, `replay`) takes a file in a temporary folder:
 * looking needs a second connection, which a database in memory cannot have.
 * Throws STORE_NEWER and what `openSqlite` throws.
 */
export async function openSqliteStore(file: string, options: SqliteStoreOptions): Promise<Store> {
  if (options.mustExist === true && !existsSync(file)) {
    throw storeError('STORE_NOT_MIGRATED', `${file}: there is no store here`, {
      retry: 'after-human',
      details: { file },
    })
  }
  return await storeOn(await openSqlite(file), options)
}

/** The store on connections that are open already; it closes them, also when it throws. */
export async function storeOn(
  connections: SqliteConnections,
  options: Omit<SqliteStoreOptions, 'mustExist'>,
): Promise<Store> {
  const writer = new Kysely<Tables>({
    dialect: sqliteDialect(connections.writer, 'begin immediate'),
  })
  const reader = new Kysely<Tables>({
    dialect: sqliteDialect(connections.reader, 'begin deferred'),
  })
  /** Kysely closes only what it has used; the writer goes last, and takes the write-ahead log along. */
  async function close(): Promise<void> {
    await reader.destroy()
    connections.reader.close()
    await writer.destroy()
    connections.writer.close()
  }
  try {
    return await createStore({
      name: connections.writer.name,
      writer,
      reader,
      dialect: sqliteDdl,
      looseGapMs: options.looseGapMs,
      isWatched: options.isWatched ?? true,
      close,
    })
  } catch (error) {
    await close()
    throw error
  }
}
