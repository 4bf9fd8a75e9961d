import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { incomingFolder } from './durable-file.ts'
import { rollUpPacks } from './roll-up-packs.ts'

/** Unfinished files older than this belong to nobody any more. */
const abandonedMs = 24 * 60 * 60 * 1000

/** Rolls its packs up, and removes what processes that died left. */
export async function maintainRepository(repository: string, signal: AbortSignal): Promise<void> {
  const folder = packFolder(repository)
  await rollUpPacks(folder, { gitDir: repository }, signal)
  await deleteAbandoned(path.join(repository, incomingFolder), () => true)
  await deleteAbandoned(
    folder,
    (name, all) =>
      /^(?:tmp_|\.tmp-)/.test(name) ||
      (name.endsWith('.pack') && !all.includes(name.replace(/pack$/, 'idx'))) ||
      (name.endsWith('.idx') && !all.includes(name.replace(/idx$/, 'pack'))),
  )
}

async function deleteAbandoned(
  folder: string,
  matches: (name: string, all: readonly string[]) => boolean,
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((each) => matches(each, names))) {
    const file = path.join(folder, name)
    const found = await stat(file).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > abandonedMs) {
      await rm(file, { force: true })
    }
  }
}

function packFolder(repository: string): string {
  return path.join(repository, 'objects', 'pack')
}
