import { markDifferences } from './differences.ts'
import type { NumberedLines } from './numbered-lines.ts'
import { settleGroups } from './settle-groups.ts'

/** 1 for each line of a text that the other one does not have at that place. */
export interface ChangedLines {
  readonly old: Uint8Array
  readonly new: Uint8Array
}

/**
 * The difference of two texts that git's merge sees (its Myers diff, without the indent heuristic): which of several shortest
 * differences it is decides about conflicts. Null where the texts differ so much that git stops looking for the shortest.
 */
export function changedLines(old: NumberedLines, now: NumberedLines): ChangedLines | null {
  const changed = { old: new Uint8Array(old.ids.length), new: new Uint8Array(now.ids.length) }
  const start = sharedStart(old.ids, now.ids)
  const end = sharedEnd(old.ids, now.ids, start)
  const [one, other] = [
    telling(old, now.counts, start, end, changed.old),
    telling(now, old.counts, start, end, changed.new),
  ]
  if (!markDifferences(one, other)) {
    return null
  }
  settleGroups(old.ids, changed.old, changed.new)
  settleGroups(now.ids, changed.new, changed.old)
  return changed
}

function sharedStart(one: Int32Array, other: Int32Array): number {
  const limit = Math.min(one.length, other.length)
  let count = 0
  while (count < limit && one[count] === other[count]) {
    count += 1
  }
  return count
}

function sharedEnd(one: Int32Array, other: Int32Array, start: number): number {
  const limit = Math.min(one.length, other.length) - start
  let count = 0
  while (count < limit && one[one.length - 1 - count] === other[other.length - 1 - count]) {
    count += 1
  }
  return count
}

/** Whether the other text has a line: never, a few times, or so often that it says little. */
const [unknown, known, common] = [0, 1, 2]

/** However long the text: a line that is there more often is common. */
const mostCommon = 1024

/**
 * The lines between the shared ones that are worth comparing; all others are marked as changed. Those are lines that the
 * other text does not have, and common ones in the middle of such.
 */
function telling(
  { ids }: NumberedLines,
  otherCounts: Int32Array,
  start: number,
  sharedAtEnd: number,
  changed: Uint8Array,
): { readonly ids: Int32Array; readonly places: Int32Array; readonly changed: Uint8Array } {
  const end = ids.length - sharedAtEnd
  const limit = Math.min(roughRoot(ids.length), mostCommon)
  const kinds = new Uint8Array(ids.length)
  for (let at = start; at < end; at += 1) {
    const count = otherCounts[ids[at] ?? 0] ?? 0
    kinds[at] = count === 0 ? unknown : count >= limit ? common : known
  }
  const places = new Int32Array(end - start)
  let count = 0
  for (let at = start; at < end; at += 1) {
    if (kinds[at] === known || (kinds[at] === common && !isLost(kinds, at, start, end))) {
      places[count] = at
      count += 1
    } else {
      changed[at] = 1
    }
  }
  const kept = places.subarray(0, count)
  return { ids: kept.map((at) => ids[at] ?? 0), places: kept, changed }
}

/** The power of two by which git stands in for a square root: between once and twice as large. */
function roughRoot(count: number): number {
  let root = 1
  for (let rest = count; rest > 0; rest = Math.floor(rest / 4)) {
    root *= 2
  }
  return root
}

const windowLines = 100
/** Among the lines around it, so many times more have to be unknown than common. */
const unknownShare = 3

/** Whether the common line stands among unknown ones, up to the next known line on both sides. */
function isLost(kinds: Uint8Array, at: number, start: number, end: number): boolean {
  const before = runOf(kinds, at, -1, Math.max(start, at - windowLines) - 1)
  if (before.unknown === 0) {
    return false
  }
  const after = runOf(kinds, at, 1, Math.min(end - 1, at + windowLines) + 1)
  if (after.unknown === 0) {
    return false
  }
  // The line itself counts on both sides.
  const commons = before.common + after.common + 2
  return commons * unknownShare < before.unknown + after.unknown
}

function runOf(
  kinds: Uint8Array,
  at: number,
  step: number,
  stop: number,
): { readonly unknown: number; readonly common: number } {
  const run = { unknown: 0, common: 0 }
  for (let next = at + step; next !== stop && kinds[next] !== known; next += step) {
    run[kinds[next] === unknown ? 'unknown' : 'common'] += 1
  }
  return run
}
