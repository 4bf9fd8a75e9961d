import { accessSync, constants, existsSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import type { BotError } from '../../core/bot-error.ts'
import { storeError, toStoreError } from '../store-error.ts'
import { untilFree } from './sqlite-dialect.ts'

/** How long a writer waits, blocking the process, before the retries that do not block it. */
const writerTimeoutMs = 1
/** Readers wait for nobody, but where a crash is being repaired. */
const readerTimeoutMs = 5000
/** The write-ahead log is cut back to this after a burst. */
const journalBytes = 64 * 1024 * 1024
/** A burst changes the same pages again and again: they are copied from that log once in 32 MiB, not in 4. */
const checkpointPages = 8192
const cacheKibibytes = 32 * 1024

export interface SqliteConnections {
  readonly writer: Database
  readonly reader: Database
}

/**
 * Opens the file, made empty where there is none, twice: to write, and to look beside a running transaction.
 * Throws STORE_CANNOT_OPEN, STORE_READ_ONLY, STORE_CORRUPT, STORE_FULL, STORE_UNSAFE, STORE_BUSY.
 */
export async function openSqlite(file: string): Promise<SqliteConnections> {
  const opened: Database[] = []
  function open(readonly: boolean): Database {
    try {
      const database = new Sqlite(file, {
        readonly,
        timeout: readonly ? readerTimeoutMs : writerTimeoutMs,
      })
      opened.push(database)
      return database
    } catch (error) {
      throw explainOpening(error, file)
    }
  }
  try {
    const writer = open(false)
    await prepareWriter(writer)
    return { writer, reader: open(true) }
  } catch (error) {
    for (const database of opened) {
      database.close()
    }
    throw error
  }
}

async function prepareWriter(database: Database): Promise<void> {
  // The first switch to WAL fails at once, whatever the timeout, while another process makes the same switch.
  for (const setting of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
    `journal_size_limit = ${journalBytes}`,
    `wal_autocheckpoint = ${checkpointPages}`,
    `cache_size = -${cacheKibibytes}`,
  ]) {
    await untilFree(() => pragma(database, setting))
  }
  assertDurable(database)
}

/**
 * Throws STORE_UNSAFE unless a commit on this connection survives a power failure: better-sqlite3 is compiled to
 * use `synchronous=NORMAL` in WAL mode, which may lose the last commits.
 */
export function assertDurable(database: Database): void {
  const journal: unknown = database.pragma('journal_mode', { simple: true })
  const synchronous: unknown = database.pragma('synchronous', { simple: true })
  if (journal !== 'wal' || synchronous !== 2) {
    throw storeError(
      'STORE_UNSAFE',
      `${database.name}: journal_mode is ${String(journal)} and synchronous ${String(synchronous)}; wal and 2 (FULL) were asked for`,
      { retry: 'after-human', details: { file: database.name, journal, synchronous } },
    )
  }
}

function pragma(database: Database, source: string): void {
  try {
    database.pragma(source)
  } catch (error) {
    throw explainOpening(error, database.name)
  }
}

/** SQLite says `unable to open database file` also of a folder that it may not write. */
function explainOpening(error: unknown, file: string): BotError {
  const translated = toStoreError(error, file)
  const folder = path.dirname(path.resolve(file))
  return translated.code === 'STORE_CANNOT_OPEN' && existsSync(folder) && !isWritable(folder)
    ? storeError('STORE_READ_ONLY', `${file}: the folder ${folder} cannot be written`, {
        retry: 'after-human',
        details: { file },
        cause: error,
      })
    : translated
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
