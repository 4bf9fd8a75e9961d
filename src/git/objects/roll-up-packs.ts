import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import {
  closeIndexes,
  contains,
  countOf,
  openIndexes,
  type PackIndex,
  readNames,
} from './pack-index.ts'
import { packTogether } from './pack-together.ts'

/** A pack is left alone while it holds so many times as many objects as all smaller ones together. */
const ratio = 4

/** How many packs a folder of objects has. */
export async function countPacks(objectsDir: string): Promise<number> {
  const names = await readdir(path.join(objectsDir, 'pack'))
  return names.filter((name) => name.endsWith('.idx')).length
}

/**
 * Rolls small packs of `folder` into larger ones so that their number stays logarithmic, beside readers and writers. What no
 * ref reaches is kept. Only when the name of the new pack is durable are packs deleted, and only those whose every object
 * lies in a larger pack. Looking for deltas would take 20 times as long and make the pack of a list's mails half a percent
 * smaller. Throws GIT_*, and the signal's reason when it aborts.
 */
export async function rollUpPacks(
  folder: string,
  location: GitLocation,
  signal?: AbortSignal,
): Promise<void> {
  const indexes = await openIndexes(folder)
  try {
    const small = tooSmall(indexes)
    if (small.length > 1) {
      const made = await packTogether(folder, small, ['--window=0'], location, signal)
      if (made === null) {
        return
      }
    }
  } finally {
    await closeIndexes(indexes)
  }
  await syncToDisk(folder)
  await deleteCovered(folder, signal)
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
async function deleteCovered(folder: string, signal?: AbortSignal): Promise<void> {
  const indexes = await openIndexes(folder)
  try {
    const kept: PackIndex[] = []
    for (const index of indexes.toSorted(
      (a, b) => countOf(b) - countOf(a) || (a.name < b.name ? -1 : 1),
    )) {
      signal?.throwIfAborted()
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
export async function deletePack(folder: string, name: string): Promise<void> {
  for (const extension of ['.idx', '.rev', '.bitmap', '.pack']) {
    await rm(path.join(folder, `${name}${extension}`), { force: true })
  }
}
