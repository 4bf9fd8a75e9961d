import { renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { deflateSync } from 'node:zlib'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { inFolder, writeIncoming } from './durable-file.ts'
import type { GitObject } from './object-encoding.ts'

/** Puts one object into a repository as a file of its own (gitrepository-layout(5)), whole or not at all; durable when it resolves. */
export async function storeLoose(objectsDir: string, object: GitObject): Promise<void> {
  const { sha, type, content } = object
  const folder = path.join(objectsDir, sha.slice(0, 2))
  const bytes = deflateSync(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]))
  const incoming = await writeIncoming(path.join(objectsDir, 'pack'), [bytes])
  try {
    await inFolder(folder, async () => renameSync(incoming, path.join(folder, sha.slice(2))))
  } catch (error) {
    await rm(incoming, { force: true })
    throw error
  }
  await syncToDisk(folder)
  await syncToDisk(objectsDir)
}
