import { rm } from 'node:fs/promises'
import Sqlite from 'better-sqlite3'
import { toStoreError } from '../store-error.ts'

/** More pages than any store has: copied in one step, which writers do not wait for and which nothing begins anew. */
const allPages = 0x7fff_ffff

/**
 * Copies the store in `file`, as it is at one moment, to `to`, which must not exist, beside everything that works on it.
 * The copy is one file, checked. Throws STORE_CANNOT_OPEN, STORE_CORRUPT, STORE_FULL, whose `details.file` tells the full disk;
 * nothing is left at `to` then.
 */
export async function copySqliteStore(file: string, to: string): Promise<void> {
  try {
    const source = new Sqlite(file, { readonly: true, fileMustExist: true })
    try {
      await source.backup(to, { progress: () => allPages })
    } finally {
      source.close()
    }
    checkCopy(to)
  } catch (error) {
    // Asked while what there is of the copy still fills the disk. Of the two only the copy is written.
    const ofCopy = toStoreError(error, to)
    for (const suffix of ['', '-wal', '-shm', '-journal']) {
      await rm(`${to}${suffix}`, { force: true })
    }
    throw ofCopy.code === 'STORE_FULL' ? ofCopy : toStoreError(error, file)
  }
}

function checkCopy(to: string): void {
  const copy = new Sqlite(to)
  try {
    copy.pragma('journal_mode = DELETE')
    const said: unknown = copy.pragma('quick_check(1)', { simple: true })
    if (said !== 'ok') {
      throw Object.assign(new Error(String(said)), { code: 'SQLITE_CORRUPT' })
    }
  } finally {
    copy.close()
  }
}
