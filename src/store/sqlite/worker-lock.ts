import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import type { WorkerLock } from '../store.ts'
import { storeError, toStoreError } from '../store-error.ts'

/**
 * Makes this process the one worker of the store in `file`, until `release` or the end of the process, however it
 * ends: a transaction that is never committed on a small database beside the store, whose lock the operating
 * system frees. Throws STORE_WORKER_RUNNING while this or another process holds it, with the pid where it is known.
 */
export function lockWorker(file: string): WorkerLock {
  const base = canonicalPath(file)
  const pidFile = `${base}.worker.pid`
  const database = takeLock(`${base}.worker`, pidFile)
  writePid(pidFile)
  let isHeld = true
  function release(): void {
    if (isHeld) {
      isHeld = false
      process.off('exit', release)
      rmSync(pidFile, { force: true })
      database.close()
    }
  }
  // It also keeps the connection from being collected, and the lock with it, when nobody keeps the handle.
  process.on('exit', release)
  return { release }
}

function takeLock(lockFile: string, pidFile: string): Database {
  let database: Database | null = null
  try {
    database = new Sqlite(lockFile, { timeout: 0 })
    database.exec('begin immediate')
    return database
  } catch (error) {
    database?.close()
    const translated = toStoreError(error, lockFile)
    if (translated.code !== 'STORE_BUSY') {
      throw translated
    }
    const pid = readPid(pidFile)
    throw storeError(
      'STORE_WORKER_RUNNING',
      `another worker runs on this store${pid === null ? '' : ` (process ${pid})`}`,
      { retry: 'later', details: { pid }, cause: error },
    )
  }
}

/** One lock for all names of one store. */
function canonicalPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return realpathOfFolder(file)
  }
}

function realpathOfFolder(file: string): string {
  const absolute = path.resolve(file)
  try {
    return path.join(realpathSync(path.dirname(absolute)), path.basename(absolute))
  } catch {
    return absolute
  }
}

function writePid(pidFile: string): void {
  try {
    writeFileSync(pidFile, `${process.pid}\n`)
  } catch {
    // The pid only helps a person; the lock is what counts.
  }
}

function readPid(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null
  }
}
