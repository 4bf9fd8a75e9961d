import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { gitText, runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import { countPacks, rollUpPacks } from '../objects/roll-up-packs.ts'

/** A repository, and how git writes durably there. */
export interface TidyPlace {
  readonly objectsDir: string
  readonly durable: GitLocation & { readonly gitDir: string }
}

/** No git of ours runs for so long. */
const abandonedMs = 24 * 60 * 60 * 1000
/** Locks are held for the moment in which a ref moves. */
const staleLockMs = 60 * 60 * 1000
/** Fewer loose objects and packs are not worth a process of git. */
const manyLoose = 50
const manyPacks = 16
/** Of the last digits, behind a folder of the first two; by SHA-1 or SHA-256. */
const looseName = /^(?:[0-9a-f]{38}|[0-9a-f]{62})$/

/**
 * Puts the refs of a repository of ours into one file, its loose objects and small packs into few packs, and removes what killed
 * gits left. Nothing that any object names is ever dropped, reachable or not.
 */
export async function tidyRepository(place: TidyPlace): Promise<void> {
  const { objectsDir, durable } = place
  const folder = durable.gitDir
  await removeOld(await locksIn(folder), staleLockMs)
  await removeOld(await leftIn(objectsDir), abandonedMs)
  await runGit(['pack-refs', '--all'], durable)
  const loose = await looseIn(objectsDir)
  const isUntidy = loose.length > manyLoose || (await countPacks(objectsDir)) > manyPacks
  // `git repack -l` would do both in one, but walk through all of history first.
  if (isUntidy) {
    await rollUpPacks(path.join(objectsDir, 'pack'), durable)
  }
  if (isUntidy && loose.length > 0) {
    await packLoose(loose, place)
  }
}

async function packLoose(
  names: readonly string[],
  { objectsDir, durable }: TidyPlace,
): Promise<void> {
  const folder = path.join(objectsDir, 'pack')
  const input = names.map((name) => `${name}\n`).join('')
  await gitText(['pack-objects', '-q', '--window=0', path.join(folder, 'pack')], {
    ...durable,
    input,
  })
  await syncToDisk(folder)
  await gitText(['prune-packed', '-q'], durable)
}

async function looseIn(objectsDir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const first of (await readdir(objectsDir)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    const names = await readdir(path.join(objectsDir, first))
    found.push(...names.filter((name) => looseName.test(name)).map((name) => `${first}${name}`))
  }
  return found
}

async function locksIn(folder: string): Promise<readonly string[]> {
  const refs = await readdir(path.join(folder, 'refs'), { recursive: true })
  const names = [...(await readdir(folder)), ...refs.map((name) => path.join('refs', name))]
  return names.filter((name) => name.endsWith('.lock')).map((name) => path.join(folder, name))
}

/** What git writes objects into before they have their names. */
async function leftIn(objectsDir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const folder of await foldersOf(objectsDir)) {
    const names = await readdir(folder)
    const begun = names.filter((name) => /^\.?tmp[_-]/.test(name))
    found.push(...begun.map((name) => path.join(folder, name)))
  }
  return found
}

async function foldersOf(objectsDir: string): Promise<readonly string[]> {
  const names = await readdir(objectsDir)
  const folders = names.filter((name) => name === 'pack' || /^[0-9a-f]{2}$/.test(name))
  return [objectsDir, ...folders.map((name) => path.join(objectsDir, name))]
}

async function removeOld(files: readonly string[], oldMs: number): Promise<void> {
  for (const file of files) {
    const found = await stat(file).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > oldMs) {
      await rm(file, { recursive: true, force: true })
    }
  }
}
