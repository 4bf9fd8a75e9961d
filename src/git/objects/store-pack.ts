import { renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { inFolder, writeIncoming } from './durable-file.ts'
import type { GitObject } from './object-encoding.ts'
import { buildPack } from './pack.ts'
import type { Pack } from './pack-format.ts'
import { buildQuickPack } from './quick-pack.ts'

export interface PackFolders {
  readonly objectsDir: string
  /** For files that are not whole yet, on the same file system. */
  readonly incomingDir: string
}

/**
 * Puts objects into a repository as one pack, which is there whole or not at all. Durable when it resolves. The index comes
 * last, because git looks for that. `quickly`: larger than it need be. Gives the name of the pack: `pack-<name>.pack`.
 */
export async function storePack(
  folders: PackFolders,
  objects: readonly GitObject[],
  quickly = false,
): Promise<string> {
  return await writePack(folders, quickly ? buildQuickPack(objects) : await buildPack(objects))
}

/** Puts a pack into a repository, as `storePack` does. */
export async function writePack(folders: PackFolders, pack: Pack): Promise<string> {
  const folder = path.join(folders.objectsDir, 'pack')
  const written = await Promise.allSettled([
    writeIncoming(folders.incomingDir, pack.pieces),
    writeIncoming(folders.incomingDir, [pack.index]),
  ])
  const incoming = written.flatMap((file) => (file.status === 'fulfilled' ? [file.value] : []))
  try {
    const [packFile, indexFile] = [wholeOf(written[0]), wholeOf(written[1])]
    await moveInto(folder, packFile, `pack-${pack.name}.pack`)
    await moveInto(folder, indexFile, `pack-${pack.name}.idx`)
    incoming.length = 0
    await syncToDisk(folder)
    return pack.name
  } finally {
    await Promise.all(incoming.map((file) => rm(file, { force: true })))
  }
}

function wholeOf(file: PromiseSettledResult<string>): string {
  if (file.status === 'rejected') {
    throw file.reason
  }
  return file.value
}

async function moveInto(folder: string, file: string, name: string): Promise<void> {
  await inFolder(folder, async () => renameSync(file, path.join(folder, name)))
}
