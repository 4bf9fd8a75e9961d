import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import type { UpkeepPlace } from './pack-upkeep.ts'

/** No git of ours runs for so long. */
const abandonedMs = 24 * 60 * 60 * 1000
/** Locks are held for the moment in which a ref moves. */
const staleLockMs = 60 * 60 * 1000
/** Fewer loose objects and packs are not worth a process of git. */
const manyLoose = 50
const manyPacks = 16

/**
 * Puts the refs of a repository of ours into one file, its loose objects and small packs into few packs, and removes what killed
 * gits left. Nothing that any object names is ever dropped, reachable or not.
 */
export async function tidyRepository(place: UpkeepPlace): Promise<void> {
  const { objectsDir, durable } = place
  const folder = durable.gitDir
  await removeOld(await locksIn(folder), staleLockMs)
  await removeOld(await leftIn(objectsDir), abandonedMs)
  await runGit(['pack-refs', '--all'], durable)
  const { loose, packs } = await count(objectsDir)
  if (loose > manyLoose || packs > manyPacks) {
    await repack(durable)
  }
}

/** Its own loose objects and small packs, so that few packs are left (git-repack(1)). That it fails does no harm. */
export async function repack(durable: GitLocation): Promise<void> {
  const args = ['repack', '-n', '--geometric=2', '-d', '-l', '-q', '--no-write-bitmap-index']
  await runGit(args, durable)
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

async function count(objectsDir: string): Promise<{ loose: number; packs: number }> {
  let [loose, packs] = [0, 0]
  for (const folder of await foldersOf(objectsDir)) {
    const names = await readdir(folder)
    loose += names.filter((name) => /^[0-9a-f]{38,}$/.test(name)).length
    packs += names.filter((name) => name.endsWith('.pack')).length
  }
  return { loose, packs }
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
