import { statfsSync } from 'node:fs'
import path from 'node:path'
import { BotError, type Retry } from '../core/bot-error.ts'
import type { ErrorCatalogue } from '../core/error-catalogue.ts'

export const storeErrors: ErrorCatalogue = {
  STORE_FULL: {
    meaning: 'The disk that holds the store is full. Nothing was lost: the change was not made.',
    remedy:
      'Free space on that disk. A running service goes on by itself; a command that ended is to be run again.',
  },
  STORE_READ_ONLY: {
    meaning: 'The store, or the folder it lies in, cannot be written by this user.',
    remedy:
      'Give the user that runs Patchferry write permission on the folder and the files in it.',
  },
  STORE_CANNOT_OPEN: {
    meaning: 'There is no store at the configured path, and none can be made there.',
    remedy: 'Check the path of the store in the configuration; its folder must exist.',
  },
  STORE_CORRUPT: {
    meaning: 'The file is no SQLite database, or a damaged one.',
    remedy:
      'Check the disk. Move the file aside, and run `patchferry rebuild`: archive, journal and mirror are enough to make it again.',
  },
  STORE_IO: {
    meaning: 'The disk that holds the store reported an error.',
    remedy: 'Look into the log of the operating system and check the disk.',
  },
  STORE_BUSY: {
    meaning: 'Another process kept the store locked for longer than this one waits.',
    remedy: 'Try again; a migration or backup may be running beside.',
  },
  STORE_UNSAFE: {
    meaning: 'The database would not promise that what it commits survives a power failure.',
    remedy: 'Put the store on a local file system; network file systems cannot hold it.',
  },
  STORE_NOT_MIGRATED: {
    meaning: 'The store is missing, empty, or of an older version of Patchferry.',
    remedy:
      'Where there was one, put the state folder back (is its disk mounted?), or run `patchferry restore DIR`. A new installation has none before the first `serve` or `sync`. One of an older version: `patchferry migrate`.',
  },
  STORE_NEWER: {
    meaning: 'The store was written by a newer version of Patchferry.',
    remedy:
      'Run the newer version. To go back to this one stop the service and run `patchferry rebuild` with it.',
  },
  STORE_MIGRATION_FAILED: {
    meaning: 'The store could not be brought up to date. It is unchanged.',
    remedy: 'Keep using the older version of Patchferry and report the error.',
  },
  STORE_WORKER_RUNNING: {
    meaning: 'Another `serve` or `sync` works on this store; there is one worker per store.',
    remedy: 'Stop the other one first, or leave the work to it.',
  },
  STORE_LEASE_LOST: {
    meaning:
      'A job took longer than its lease, and another worker has it now. Nothing was saved twice.',
    remedy: 'Nothing needs doing; if it happens often, the machine is overloaded.',
  },
  STORE_CLOSED: {
    meaning: 'The store was used after it was closed: a fault in Patchferry.',
    remedy: 'Report the error.',
  },
  STORE_NESTED: {
    meaning: 'A transaction was begun inside another one: a fault in Patchferry.',
    remedy: 'Report the error.',
  },
  STORE_FAULT: {
    meaning: 'The database refused a statement: a fault in Patchferry.',
    remedy: 'Report the error with its details.',
  },
}

/** A fault with the remedy of the catalogue. */
export function storeError(
  code: string,
  message: string,
  options: {
    readonly retry: Retry
    readonly details?: Readonly<Record<string, unknown>>
    readonly cause?: unknown
  },
): BotError {
  const remedy = storeErrors[code]?.remedy
  return new BotError(code, message, remedy === undefined ? options : { ...options, remedy })
}

interface Translation {
  readonly pattern: RegExp
  readonly code: string
  readonly retry: Retry
  readonly message: string
}

/** By the extended result codes of https://www.sqlite.org/rescode.html; the first that matches counts. */
const translations: readonly Translation[] = [
  { pattern: /^SQLITE_FULL/, code: 'STORE_FULL', retry: 'later', message: 'the disk is full' },
  {
    pattern: /^SQLITE_READONLY/,
    code: 'STORE_READ_ONLY',
    retry: 'after-human',
    message: 'the store cannot be written',
  },
  {
    pattern: /^SQLITE_(?:CORRUPT|NOTADB)/,
    code: 'STORE_CORRUPT',
    retry: 'after-human',
    message: 'the store is damaged or no database',
  },
  {
    pattern: /^SQLITE_(?:CANTOPEN|PERM|AUTH)/,
    code: 'STORE_CANNOT_OPEN',
    retry: 'after-human',
    message: 'the store cannot be opened',
  },
  {
    pattern: /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/,
    code: 'STORE_BUSY',
    retry: 'later',
    message: 'the store is locked by another process',
  },
  {
    pattern: /^SQLITE_(?:IOERR|NOMEM)/,
    code: 'STORE_IO',
    retry: 'later',
    message: 'the store cannot be read or written',
  },
]

/** The one place where what a database driver throws becomes an error of ours. A BotError stays what it is. */
export function toStoreError(error: unknown, file: string): BotError {
  if (error instanceof BotError) {
    return error
  }
  const driverCode = driverCodeOf(error)
  const said = error instanceof Error ? error.message : String(error)
  const meant = isOfFullDisk(driverCode, file) ? 'SQLITE_FULL' : driverCode
  const found = translations.find(({ pattern }) => pattern.test(meant))
  return storeError(
    found?.code ?? 'STORE_FAULT',
    `${file}: ${found?.message ?? 'the database refused'}: ${said}`,
    {
      retry: found?.retry ?? 'never',
      details: { file, driverCode },
      cause: error,
    },
  )
}

/** With less than this SQLite can open nothing: its shared memory grows by 32 KiB, and by the page. */
const leastBytes = 1024 ** 2

/** Where the disk is full while it opens a database, SQLite speaks of an I/O error, or that it cannot open it. */
function isOfFullDisk(driverCode: string, file: string): boolean {
  if (!/^SQLITE_(?:IOERR|CANTOPEN)/.test(driverCode)) {
    return false
  }
  try {
    const { bavail, bsize, files, ffree } = statfsSync(path.dirname(file))
    return bavail * bsize < leastBytes || (files > 0 && ffree === 0)
  } catch {
    return false
  }
}

function driverCodeOf(error: unknown): string {
  // better-sqlite3 looks for the folder itself.
  if (error instanceof TypeError && error.message.includes('directory does not exist')) {
    return 'SQLITE_CANTOPEN'
  }
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : ''
}
