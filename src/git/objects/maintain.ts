import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { incomingFolder } from './durable-file.ts'
import {
  closeIndexes,
  contains,
  countOf,
  openIndexes,
  type PackIndex,
  readNames,
} from './pack-index.ts'
import { packTogether } from './pack-together.ts'

/** Unfinished files older than this belong to nobody any more. */
const abandonedMs = 24 * 60 * 60 * 1000

/** A pack is left alone while it holds so many times as many objects as all smaller ones together. */
const ratio = 4

/** How many packs the repository has. */
export async function countPacks(repository: string): Promise<number> {
  const names = await readdir(packFolder(repository))
  return names.filter((name) => name.endsWith('.idx')).length
}

/**
 * Rolls small packs into larger ones so that their number stays logarithmic, beside readers and appenders. What no ref reaches yet
 * is kept. Only when the name of the new pack is durable are packs deleted, and only those whose every object lies in a larger
 * pack. Looking for deltas would take 20 times as long and make the pack of a list's mails half a percent smaller.
 */
export async function maintainRepository(repository: string, signal: AbortSignal): Promise<void> {
  const folder = packFolder(repository)
  const indexes = await openIndexes(folder)
  try {
    const small = tooSmall(indexes)
    if (small.length > 1) {
      const made = await packTogether(folder, small, ['--window=0'], { gitDir: repository }, signal)
      if (made === null) {
        return
      }
    }
  } finally {
    await closeIndexes(indexes)
  }
  await syncToDisk(folder)
  await deleteCovered(repository, signal)
  await deleteAbandoned(path.join(repository, incomingFolder), () => true)
  await deleteAbandoned(
    folder,
    (name, all) =>
      /^(?:tmp_|\.tmp-)/.test(name) ||
      (name.endsWith('.pack') && !all.includes(name.replace(/pack$/, 'idx'))) ||
      (name.endsWith('.idx') && !all.includes(name.replace(/idx$/, 'pack'))),
  )
}

/** Those that `git repack --geometric` would roll up: the fewest, so that what is left is a geometric progression of counts. */
function tooSmall(indexes: readonly PackIndex[]): readonly PackIndex[] {
  const packs = indexes.filter(({ isKept }) => !isKept).toSorted((a, b) => countOf(a) - countOf(b))
  const counts = packs.map(countOf)
  let end = counts.findLastIndex((count, at) => at > 0 && count < ratio * (counts[at - 1] ?? 0)) + 1
  let sum = counts.slice(0, end).reduce((all, count) => all + count, 0)
  while (end > 0 && end < counts.length && (counts[end] ?? 0) < ratio * sum) {
    sum += counts[end] ?? 0
    end += 1
  }
  return packs.slice(0, end)
}

/**
 * Deletes packs that larger ones make superfluous. "Larger" is one order over all packs (count, then name), so
 * two processes that do this at once never each delete what the other relies on.
 */
async function deleteCovered(repository: string, signal: AbortSignal): Promise<void> {
  const folder = packFolder(repository)
  const indexes = await openIndexes(folder)
  try {
    const kept: PackIndex[] = []
    for (const index of indexes.toSorted(
      (a, b) => countOf(b) - countOf(a) || (a.name < b.name ? -1 : 1),
    )) {
      signal.throwIfAborted()
      if (!index.isKept && (await isCovered(index, kept))) {
        await deletePack(folder, index.name)
      } else {
        // The one that it was rolled into is hardly larger: the large ones need not be read.
        kept.unshift(index)
      }
    }
  } finally {
    await closeIndexes(indexes)
  }
}

async function isCovered(index: PackIndex, larger: readonly PackIndex[]): Promise<boolean> {
  if (larger.length === 0) {
    return false
  }
  for (let first = 0; first < 256; first += 1) {
    let missing = await readNames(index, first)
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
