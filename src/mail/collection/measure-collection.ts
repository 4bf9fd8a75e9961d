import { stat } from 'node:fs/promises'
import path from 'node:path'
import { listFolder } from './folder-entries.ts'
import { gitText } from './git-process.ts'
import { findInbox } from './public-inbox.ts'

/** What a mail in git counts for: how large it is nobody knows before it is read. */
export const inboxMailBytes = 4096

/**
 * How much there is to read under these paths, in the bytes that `readDespiteDamage` tells of: those of files as they
 * lie there. A guess for people, since files may come and go; null where standard input or a pipe is among them.
 */
export async function measureCollection(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<number | null> {
  let bytes = 0
  for (const name of paths) {
    const found = name === '-' ? null : await stat(name)
    if (found === null || !(found.isFile() || found.isDirectory())) {
      return null
    }
    bytes += found.isFile() ? found.size : await measureFolder(name, signal)
  }
  return bytes
}

async function measureFolder(folder: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted()
  const entries = await listFolder(folder, signal)
  const inbox = await findInbox(folder, entries, signal)
  let bytes = 0
  for (const gitDir of inbox?.gitDirs ?? []) {
    const commits = await gitText(gitDir, ['rev-list', '--count', '--all'], signal)
    bytes += Number(commits) * inboxMailBytes
  }
  for (const entry of inbox === null ? entries : []) {
    const name = path.join(folder, entry.name)
    if (entry.isDirectory() && entry.name !== '.git') {
      bytes += await measureFolder(name, signal)
    } else if (entry.isFile()) {
      bytes += (await stat(name)).size
    }
  }
  return bytes
}
