import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder, writeIncoming } from './durable-file.ts'
import type { GitObject } from './object-encoding.ts'
import { buildPack } from './pack.ts'

export interface PackFolders {
  readonly objectsDir: string
  /** For files that are not whole yet, on the same file system. */
  readonly incomingDir: string
}

/**
 * Puts objects into a repository as one pack, which is there whole or not at all. Durable when it resolves. The index comes
 * last, because git looks for that. `level` is zlib's. Gives the
 * name of the pack: `pack-<name>.pack`.
 */
export async function storePack(
  folders: PackFolders,
  objects: readonly GitObject[],
  level?: number,
): Promise<string> {
  const pack = await buildPack(objects, level)
  const folder = path.join(folders.objectsDir, 'pack')
  await mkdir(folder, { recursive: true })
  const incoming: string[] = []
  try {
    for (const pieces of [pack.pieces, [pack.index]]) {
      incoming.push(await writeIncoming(folders.incomingDir, pieces))
    }
    for (const [index, extension] of ['pack', 'idx'].entries()) {
      await rename(incoming[index] ?? '', path.join(folder, `pack-${pack.name}.${extension}`))
    }
    await syncFolder(folder)
    return pack.name
  } finally {
    await Promise.all(incoming.map((file) => rm(file, { force: true })))
  }
}
