import { type ChangedLines, changedLines } from './changed-lines.ts'
import { type NumberedLines, numberLines } from './numbered-lines.ts'

/**
 * What git's 3-way merge makes of a file (byte strings) up to git 2.49: its content, or that both sides changed the same or
 * adjoining lines to something else (`xdl_merge` at level `XDL_MERGE_ZEALOUS`). Null where only git can say.
 */
export function mergeContents(
  ancestor: string,
  mine: string,
  theirs: string,
): { readonly content: string } | 'conflict' | null {
  const [base, one, other] = numberLines([ancestor, mine, theirs])
  if (base === undefined || one === undefined || other === undefined) {
    return null
  }
  const changed = changedLines(base, one)
  const otherChanged = changed === null ? null : changedLines(base, other)
  if (changed === null || otherChanged === null) {
    return null
  }
  const regions = regionsOf(changesIn(changed), changesIn(otherChanged), one.ids, other.ids)
  const open = regions.filter(({ side }) => side === 'both')
  if (open.some((region) => !isSame(one.ids, other.ids, region))) {
    return 'conflict'
  }
  return { content: merged(one, other, regions) }
}

/** Lines of the ancestor and what stands in their place; of both, one may be none. */
interface Change {
  readonly at: number
  readonly count: number
  readonly newAt: number
  readonly newCount: number
}

function changesIn(changed: ChangedLines): readonly Change[] {
  const changes: Change[] = []
  let [at, newAt] = [0, 0]
  while (at < changed.old.length || newAt < changed.new.length) {
    const [from, newFrom] = [at, newAt]
    while (changed.old[at] === 1) {
      at += 1
    }
    while (changed.new[newAt] === 1) {
      newAt += 1
    }
    if (at > from || newAt > newFrom) {
      changes.push({ at: from, count: at - from, newAt: newFrom, newCount: newAt - newFrom })
    } else {
      at += 1
      newAt += 1
    }
  }
  return changes
}

/** Lines of both texts that stand for the same lines of the ancestor, and which of them changed those. */
interface Region {
  readonly side: 'one' | 'other' | 'both'
  readonly at: number
  readonly count: number
  readonly otherAt: number
  readonly otherCount: number
}

/** In their order; a change that both made alike is in none. */
function regionsOf(
  changes: readonly Change[],
  otherChanges: readonly Change[],
  ids: Int32Array,
  otherIds: Int32Array,
): readonly Region[] {
  const regions: Region[] = []
  let [index, otherIndex] = [0, 0]
  // How much further a line of the ancestor is in each text, after the changes before it.
  let [shift, otherShift] = [0, 0]
  for (;;) {
    const [change, other] = [changes[index], otherChanges[otherIndex]]
    if (change === undefined && other === undefined) {
      return regions
    }
    if (change !== undefined && (other === undefined || endOf(change) < other.at)) {
      const { at, count, newAt, newCount } = change
      const region = { at: newAt, count: newCount, otherAt: at + otherShift, otherCount: count }
      append(regions, { side: 'one', ...region })
      shift = shiftAfter(change)
      index += 1
    } else if (other !== undefined && (change === undefined || endOf(other) < change.at)) {
      const { at, count, newAt, newCount } = other
      const region = { at: at + shift, count, otherAt: newAt, otherCount: newCount }
      append(regions, { side: 'other', ...region })
      otherShift = shiftAfter(other)
      otherIndex += 1
    } else if (change !== undefined && other !== undefined) {
      if (!isSameChange(change, other, ids, otherIds)) {
        append(regions, regionOfBoth(change, other))
      }
      if (endOf(change) >= endOf(other)) {
        otherShift = shiftAfter(other)
        otherIndex += 1
      }
      if (endOf(other) >= endOf(change)) {
        shift = shiftAfter(change)
        index += 1
      }
    }
  }
}

function endOf({ at, count }: Change): number {
  return at + count
}

function shiftAfter({ at, count, newAt, newCount }: Change): number {
  return newAt + newCount - (at + count)
}

function isSameChange(
  change: Change,
  other: Change,
  ids: Int32Array,
  otherIds: Int32Array,
): boolean {
  const { newAt, newCount } = change
  const region = { at: newAt, count: newCount, otherAt: other.newAt, otherCount: other.newCount }
  return change.at === other.at && change.count === other.count && areAlike(ids, otherIds, region)
}

/** From where the first of the two changes begins to where the last of them ends. */
function regionOfBoth(change: Change, other: Change): Region {
  const from = Math.min(change.at, other.at)
  const to = Math.max(endOf(change), endOf(other))
  const at = change.newAt - (change.at - from)
  const otherAt = other.newAt - (other.at - from)
  return {
    side: 'both',
    at,
    count: to + shiftAfter(change) - at,
    otherAt,
    otherCount: to + shiftAfter(other) - otherAt,
  }
}

/** A region that meets the one before it becomes one with it. */
function append(regions: Region[], region: Region): void {
  const last = regions.at(-1)
  const meets =
    last !== undefined &&
    (region.at <= last.at + last.count || region.otherAt <= last.otherAt + last.otherCount)
  if (!meets) {
    regions.push(region)
    return
  }
  regions[regions.length - 1] = {
    side: last.side === region.side ? last.side : 'both',
    at: last.at,
    count: region.at + region.count - last.at,
    otherAt: last.otherAt,
    otherCount: region.otherAt + region.otherCount - last.otherAt,
  }
}

/** Whether both made the same of it; where one of them left nothing, git does not look. */
function isSame(ids: Int32Array, otherIds: Int32Array, region: Region): boolean {
  return region.count > 0 && areAlike(ids, otherIds, region)
}

function areAlike(
  ids: Int32Array,
  otherIds: Int32Array,
  { at, count, otherAt, otherCount }: Omit<Region, 'side'>,
): boolean {
  if (count !== otherCount) {
    return false
  }
  for (let index = 0; index < count; index += 1) {
    if (ids[at + index] !== otherIds[otherAt + index]) {
      return false
    }
  }
  return true
}

function merged(one: NumberedLines, other: NumberedLines, regions: readonly Region[]): string {
  const pieces: string[] = []
  let done = 0
  for (const { side, at, count, otherAt, otherCount } of regions) {
    if (side === 'other') {
      pieces.push(one.lines.slice(done, at).join(''))
      pieces.push(other.lines.slice(otherAt, otherAt + otherCount).join(''))
      done = at + count
    }
  }
  pieces.push(one.lines.slice(done).join(''))
  return pieces.join('')
}
