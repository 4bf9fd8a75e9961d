import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { pathError } from './path-error.ts'

/** `git mailsplit` orders a Maildir so: numbers in names by their value. */
const byNumbers = new Intl.Collator('en', { numeric: true, caseFirst: 'upper' })

/** What a folder holds, in reading order. Throws MAIL_PATH_MISSING, MAIL_PATH_UNREADABLE. */
export async function listFolder(folder: string, signal: AbortSignal): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.toSorted((one, other) => byNumbers.compare(one.name, other.name))
  } catch (error) {
    throw pathError(folder, error, signal)
  }
}

/** Throws MAIL_PATH_MISSING, MAIL_PATH_UNREADABLE. */
export async function isFolder(name: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory()
  } catch (error) {
    throw pathError(name, error, signal)
  }
}

/** Neither a pipe nor a device nor a broken link; a link to a folder is not followed either. */
export async function isRegularFile(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) {
    return entry.isFile()
  }
  try {
    return (await stat(path.join(folder, entry.name))).isFile()
  } catch {
    return false
  }
}

/** Whether a folder with these entries is a git directory. */
export function isGitDirectory(entries: readonly Dirent[]): boolean {
  function find(name: string): Dirent | undefined {
    return entries.find((entry) => entry.name === name)
  }
  return (
    find('HEAD')?.isFile() === true &&
    find('objects')?.isDirectory() === true &&
    find('refs')?.isDirectory() === true
  )
}
