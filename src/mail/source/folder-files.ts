import { mkdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { isGitDirectory, isRegularFile, listFolder } from '../collection/folder-entries.ts'
import { errnoOf } from './source-fault.ts'

/** Where files go that are done with. */
export const doneFolder = 'done'

export interface FoundFile {
  /** Within the folder. */
  readonly file: string
  readonly sizeBytes: number
  readonly modifiedAtNs: bigint
}

const byNumberInName = new Intl.Collator('en', { numeric: true })

/**
 * The files below a folder, oldest first, without hidden ones, git repositories and what is done with. Folders in it
 * that cannot be listed are left out. Throws MAIL_PATH_MISSING, MAIL_PATH_UNREADABLE for the folder itself.
 */
export async function filesBelow(
  directory: string,
  signal: AbortSignal,
): Promise<readonly FoundFile[]> {
  const found = await filesIn(directory, '', signal)
  return found.toSorted(
    (a, b) =>
      Number(a.modifiedAtNs - b.modifiedAtNs) ||
      byNumberInName.compare(a.file, b.file) ||
      (a.file < b.file ? -1 : 1),
  )
}

async function filesIn(
  directory: string,
  within: string,
  signal: AbortSignal,
): Promise<readonly FoundFile[]> {
  const folder = path.join(directory, within)
  const entries = await listFolder(folder, signal)
  const found: FoundFile[] = []
  if (isGitDirectory(entries)) {
    return found
  }
  for (const entry of entries) {
    const file = path.join(within, entry.name)
    if (entry.name.startsWith('.') || file === doneFolder) {
      continue
    }
    if (entry.isDirectory()) {
      found.push(...(await filesIn(directory, file, signal).catch(unlessAborted(signal))))
    } else if (await isRegularFile(folder, entry)) {
      const state = await stat(path.join(directory, file), { bigint: true }).catch(() => null)
      // Vanished meanwhile.
      if (state !== null) {
        found.push({ file, sizeBytes: Number(state.size), modifiedAtNs: state.mtimeNs })
      }
    }
  }
  return found
}

function unlessAborted(signal: AbortSignal): (error: unknown) => readonly FoundFile[] {
  return (error) => {
    signal.throwIfAborted()
    if (error instanceof BotError) {
      return []
    }
    throw error
  }
}

/**
 * Moves a file to `done`, under another name where that one is taken. `grown`: it is not as large any more as it was
 * when it was read, and stays. Throws errors of the file system.
 */
export async function moveToDone(
  directory: string,
  file: string,
  sizeBytes: number,
): Promise<'moved' | 'gone' | 'grown'> {
  const from = path.join(directory, file)
  const state = await stat(from).catch(nullIfMissing)
  if (state === null) {
    return 'gone'
  }
  if (state.size !== sizeBytes) {
    return 'grown'
  }
  const wanted = path.join(directory, doneFolder, file)
  await mkdir(path.dirname(wanted), { recursive: true })
  let to = wanted
  for (let number = 1; (await stat(to).catch(nullIfMissing)) !== null; number += 1) {
    to = `${wanted}.${number}`
  }
  await rename(from, to)
  await syncToDisk(path.dirname(to))
  await syncToDisk(path.dirname(from))
  return 'moved'
}

function nullIfMissing(error: unknown): null {
  if (errnoOf(error) === 'ENOENT') {
    return null
  }
  throw error
}
