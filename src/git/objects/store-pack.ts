import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { inFolder, syncFolder, writeIncoming } from './durable-file.ts'
import type { GitObject } from './object-encoding.ts'
import { buildPack } from './pack.ts'
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
  const pack = quickly ? buildQuickPack(objects) : await buildPack(objects)
  const folder = path.join(folders.objectsDir, 'pack')
  const incoming: string[] = []
  try {
    for (const pieces of [pack.pieces, [pack.index]]) {
      incoming.push(await writeIncoming(folders.incomingDir, pieces))
    }
    for (const extension of ['pack', 'idx']) {
      await moveInto(folder, incoming[0] ?? '', `pack-${pack.name}.${extension}`)
      incoming.shift()
    }
    await syncFolder(folder)
    return pack.name
  } finally {
    await Promise.all(incoming.map((file) => rm(file, { force: true })))
  }
}

async function moveInto(folder: string, file: string, name: string): Promise<void> {
  await inFolder(folder, async () => rename(file, path.join(folder, name)))
}
