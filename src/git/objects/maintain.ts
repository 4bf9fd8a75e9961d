import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { gitFault, runGit } from '../cli/run-git.ts'
import { incomingFolder, syncFolder } from './durable-file.ts'

/** Unfinished files older than this belong to nobody any more. */
const abandonedMs = 24 * 60 * 60 * 1000

/** A pack index of version 2 (gitformat-pack(5)), opened. Its names are read a part at a time: they may be millions. */
interface PackIndex {
  readonly name: string
  readonly file: FileHandle
  /** How many names begin with this byte or a smaller one. */
  readonly fanout: readonly number[]
}

const fanoutOffset = 8
const namesOffset = fanoutOffset + 256 * 4
const nameBytes = 20

/** Not `.tmp-<pid>-pack-*.idx`, which another git is about to rename: it may become the very pack it covers. */
const finishedIndex = /^pack-[0-9a-f]{40}\.idx$/

/** What git says when another process rolled up the packs it was about to read: then that does our work. */
const packVanished = /could not (?:find pack|get type of object)|packfile .* cannot be accessed/

/** How many packs the repository has. */
export async function countPacks(repository: string): Promise<number> {
  const names = await readdir(packFolder(repository))
  return names.filter((name) => name.endsWith('.idx')).length
}

/**
 * Rolls small packs into larger ones so that their number stays logarithmic, beside readers and appenders.
 * git makes the new pack (`repack --geometric`, which keeps what no ref reaches yet); only when its name
 * is durable are packs deleted, and only those whose every object lies in a larger pack. Looking for deltas would take
 * 20 times as long and make the pack of a list's mails half a percent smaller.
 */
export async function maintainRepository(repository: string, signal: AbortSignal): Promise<void> {
  const args = ['repack', '--geometric=4', '-q', '--no-write-bitmap-index', '--window=0']
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
  const opened: PackIndex[] = []
  try {
    for (const name of names) {
      const hasPack = names.includes(name.replace(/idx$/, 'pack'))
      const index = finishedIndex.test(name) && hasPack ? await openIndex(folder, name) : null
      opened.push(...(index === null ? [] : [index]))
    }
    const kept: PackIndex[] = []
    for (const index of opened.toSorted(
      (a, b) => countOf(b) - countOf(a) || (a.name < b.name ? -1 : 1),
    )) {
      signal.throwIfAborted()
      if (!names.includes(`${index.name}.keep`) && (await isCovered(index, kept))) {
        await deletePack(folder, index.name)
      } else {
        kept.push(index)
      }
    }
  } finally {
    await Promise.all(opened.map(({ file }) => file.close()))
  }
}

function countOf({ fanout }: PackIndex): number {
  return fanout.at(-1) ?? 0
}

async function isCovered(index: PackIndex, larger: readonly PackIndex[]): Promise<boolean> {
  if (larger.length === 0) {
    return false
  }
  for (let first = 0; first < 256; first += 1) {
    let missing = namesIn(await readNames(index, first))
    for (const other of larger) {
      if (missing.length === 0) {
        break
      }
      const names = await readNames(other, first)
      missing = missing.filter((name) => !contains(names, name))
    }
    if (missing.length > 0) {
      return false
    }
  }
  return true
}

/** The sorted names that begin with this byte, one after the other. */
async function readNames({ file, fanout }: PackIndex, first: number): Promise<Buffer> {
  const from = fanout[first - 1] ?? 0
  const names = Buffer.alloc(((fanout[first] ?? 0) - from) * nameBytes)
  await file.read(names, 0, names.length, namesOffset + from * nameBytes)
  return names
}

function namesIn(names: Buffer): readonly Buffer[] {
  return Array.from({ length: names.length / nameBytes }, (_, position) =>
    names.subarray(position * nameBytes, (position + 1) * nameBytes),
  )
}

function contains(names: Buffer, name: Buffer): boolean {
  let low = 0
  let high = names.length / nameBytes
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const at = middle * nameBytes
    const order = names.compare(name, 0, nameBytes, at, at + nameBytes)
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
async function openIndex(folder: string, name: string): Promise<PackIndex | null> {
  const file = await open(path.join(folder, name)).catch(() => null)
  const head = Buffer.alloc(namesOffset)
  const { bytesRead } = (await file?.read(head, 0, namesOffset, 0)) ?? { bytesRead: 0 }
  if (file === null || bytesRead < namesOffset || head.readUInt32BE(0) !== 0xff744f63) {
    await file?.close()
    return null
  }
  const fanout = Array.from({ length: 256 }, (_, first) =>
    head.readUInt32BE(fanoutOffset + first * 4),
  )
  return { name: name.slice(0, -'.idx'.length), file, fanout }
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
