import { readFileSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gitFault, runGit } from '../cli/run-git.ts'
import { incomingFolder, syncFolder } from './durable-file.ts'

/** Unfinished files older than this belong to nobody any more. */
const abandonedMs = 24 * 60 * 60 * 1000

/** Oid table and fanout of a pack index, version 2 (gitformat-pack(5)). */
interface PackIndex {
  readonly name: string
  readonly count: number
  readonly bytes: Buffer
}

const fanoutOffset = 8
const namesOffset = fanoutOffset + 256 * 4
const nameBytes = 20

/** Not `.tmp-<pid>-pack-*.idx`, which another git is about to rename: it may become the very pack it covers. */
const finishedIndex = /^pack-[0-9a-f]{40}\.idx$/

/** What git says when another process rolled up the packs it was about to read: then that does our work. */
const packVanished = /could not (?:find pack|get type of object)|packfile .* cannot be accessed/

/** So many objects are looked up before the event loop gets its turn. */
const lookupsPerTurn = 2000

/** How many packs the repository has. */
export async function countPacks(repository: string): Promise<number> {
  const names = await readdir(packFolder(repository))
  return names.filter((name) => name.endsWith('.idx')).length
}

/**
 * Rolls small packs into larger ones so that their number stays logarithmic, beside readers and appenders.
 * git makes the new pack (`repack --geometric`, which keeps what no ref reaches yet); only when its name
 * is durable are packs deleted, and only those whose every object lies in a larger pack.
 */
export async function maintainRepository(repository: string, signal: AbortSignal): Promise<void> {
  const args = ['repack', '--geometric=4', '-q', '--no-write-bitmap-index']
  const output = await runGit(args, { gitDir: repository, timeoutMs: 60 * 60 * 1000 }, signal)
  if (output.exitCode !== 0) {
    if (packVanished.test(output.stderr)) {
      return
    }
    throw gitFault(args, output)
  }
  await syncFolder(packFolder(repository))
  await deleteCovered(repository, signal)
  await deleteAbandoned(path.join(repository, incomingFolder), () => true)
  await deleteAbandoned(
    packFolder(repository),
    (name, all) =>
      /^(?:tmp_|\.tmp-)/.test(name) ||
      (name.endsWith('.pack') && !all.includes(name.replace(/pack$/, 'idx'))) ||
      (name.endsWith('.idx') && !all.includes(name.replace(/idx$/, 'pack'))),
  )
}

/**
 * Deletes packs that larger ones make superfluous. "Larger" is one order over all packs (count, then name), so
 * two processes that do this at once never each delete what the other relies on.
 */
async function deleteCovered(repository: string, signal: AbortSignal): Promise<void> {
  const folder = packFolder(repository)
  const names = await readdir(folder)
  const indexes = names
    .filter((name) => finishedIndex.test(name) && names.includes(name.replace(/idx$/, 'pack')))
    .map((name) => readIndex(folder, name))
    .filter((index) => index !== null)
    .toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
  const kept: PackIndex[] = []
  for (const index of indexes) {
    signal.throwIfAborted()
    if (!names.includes(`${index.name}.keep`) && (await isCovered(index, kept))) {
      await deletePack(folder, index.name)
    } else {
      kept.push(index)
    }
  }
}

async function isCovered(index: PackIndex, larger: readonly PackIndex[]): Promise<boolean> {
  if (larger.length === 0) {
    return false
  }
  for (let position = 0; position < index.count; position += 1) {
    if (position % lookupsPerTurn === 0) {
      await setImmediate()
    }
    const at = namesOffset + position * nameBytes
    const name = index.bytes.subarray(at, at + nameBytes)
    if (!larger.some((other) => contains(other, name))) {
      return false
    }
  }
  return true
}

function contains(index: PackIndex, name: Buffer): boolean {
  const first = name[0] ?? 0
  let low = first === 0 ? 0 : index.bytes.readUInt32BE(fanoutOffset + (first - 1) * 4)
  let high = index.bytes.readUInt32BE(fanoutOffset + first * 4)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const at = namesOffset + middle * nameBytes
    const order = index.bytes.compare(name, 0, nameBytes, at, at + nameBytes)
    if (order === 0) {
      return true
    }
    if (order < 0) {
      low = middle + 1
    } else {
      high = middle
    }
  }
  return false
}

/** Null for an index that is gone meanwhile or not of version 2: such a pack is left alone. */
function readIndex(folder: string, file: string): PackIndex | null {
  try {
    const bytes = readFileSync(path.join(folder, file))
    if (bytes.length < namesOffset || bytes.readUInt32BE(0) !== 0xff744f63) {
      return null
    }
    const name = file.slice(0, -'.idx'.length)
    return { name, count: bytes.readUInt32BE(namesOffset - 4), bytes }
  } catch {
    return null
  }
}

/** The index goes first: a pack without one is invisible, an index without a pack is an error. */
async function deletePack(folder: string, name: string): Promise<void> {
  for (const extension of ['.idx', '.rev', '.bitmap', '.pack']) {
    await rm(path.join(folder, `${name}${extension}`), { force: true })
  }
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
