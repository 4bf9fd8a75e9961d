/** The part of a text that is compared, and where its lines are in the whole. */
export interface ComparedLines {
  readonly ids: Int32Array
  readonly places: Int32Array
  /** For the whole; 1 for a line that the other text does not have. */
  readonly changed: Uint8Array
}

/** Beyond so many steps from both ends git begins to guess. */
const maxSteps = 256

const farAway = 2 ** 30

/** From `start` up to, and without, `end` of both texts. */
interface Box {
  readonly start: number
  readonly end: number
  readonly otherStart: number
  readonly otherEnd: number
}

interface Search {
  readonly one: Int32Array
  readonly other: Int32Array
  /** How far a path got in `one`, by its diagonal: the place in `one` less that in `other`, and `zero`. */
  readonly forward: Int32Array
  readonly backward: Int32Array
  readonly zero: number
}

/**
 * Marks what is only in one of two texts, by the shortest way from one to the other (E. Myers, An O(ND) Difference Algorithm
 * and Its Variations, 1986, in linear space); of several shortest ways the one that git finds. False where that is too long.
 */
export function markDifferences(one: ComparedLines, other: ComparedLines): boolean {
  const diagonals = one.ids.length + other.ids.length + 3
  const search: Search = {
    one: one.ids,
    other: other.ids,
    forward: new Int32Array(diagonals),
    backward: new Int32Array(diagonals),
    zero: other.ids.length + 1,
  }
  const boxes: Box[] = [
    { start: 0, end: one.ids.length, otherStart: 0, otherEnd: other.ids.length },
  ]
  let limit = maxSteps
  for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
    const { start, end, otherStart, otherEnd } = withoutShared(search, box)
    if (start === end || otherStart === otherEnd) {
      mark(one, start, end)
      mark(other, otherStart, otherEnd)
      continue
    }
    const middle = meetingPlace(search, { start, end, otherStart, otherEnd }, limit)
    if (middle === null) {
      return false
    }
    // Only the whole can be too long: its halves are searched to their end.
    limit = Number.POSITIVE_INFINITY
    boxes.push(
      { start, end: middle.at, otherStart, otherEnd: middle.otherAt },
      { start: middle.at, end, otherStart: middle.otherAt, otherEnd },
    )
  }
  return true
}

function mark({ places, changed }: ComparedLines, start: number, end: number): void {
  for (let at = start; at < end; at += 1) {
    changed[places[at] ?? 0] = 1
  }
}

function withoutShared({ one, other }: Search, box: Box): Box {
  let { start, end, otherStart, otherEnd } = box
  while (start < end && otherStart < otherEnd && one[start] === other[otherStart]) {
    start += 1
    otherStart += 1
  }
  while (start < end && otherStart < otherEnd && one[end - 1] === other[otherEnd - 1]) {
    end -= 1
    otherEnd -= 1
  }
  return { start, end, otherStart, otherEnd }
}

/** Where a shortest path meets itself that is followed from both ends, one step at a time; null after `limit` steps. */
function meetingPlace(
  { one, other, forward, backward, zero }: Search,
  { start, end, otherStart, otherEnd }: Box,
  limit: number,
): { readonly at: number; readonly otherAt: number } | null {
  const [lowest, highest] = [zero + start - otherEnd, zero + end - otherStart]
  const [first, last] = [zero + start - otherStart, zero + end - otherEnd]
  const isOdd = (first - last) % 2 !== 0
  let [low, high, backLow, backHigh] = [first, first, last, last]
  forward[first] = start
  backward[last] = end
  for (let steps = 1; steps <= limit; steps += 1) {
    // One diagonal more to each side, or one less where the box ends.
    if (low > lowest) {
      low -= 1
      forward[low - 1] = -1
    } else {
      low += 1
    }
    if (high < highest) {
      high += 1
      forward[high + 1] = -1
    } else {
      high -= 1
    }
    for (let diagonal = high; diagonal >= low; diagonal -= 2) {
      const [below, above] = [forward[diagonal - 1] ?? 0, forward[diagonal + 1] ?? 0]
      let at = below >= above ? below + 1 : above
      let otherAt = at - diagonal + zero
      while (at < end && otherAt < otherEnd && one[at] === other[otherAt]) {
        at += 1
        otherAt += 1
      }
      forward[diagonal] = at
      const hasBeen = isOdd && backLow <= diagonal && diagonal <= backHigh
      if (hasBeen && (backward[diagonal] ?? 0) <= at) {
        return { at, otherAt }
      }
    }
    if (backLow > lowest) {
      backLow -= 1
      backward[backLow - 1] = farAway
    } else {
      backLow += 1
    }
    if (backHigh < highest) {
      backHigh += 1
      backward[backHigh + 1] = farAway
    } else {
      backHigh -= 1
    }
    for (let diagonal = backHigh; diagonal >= backLow; diagonal -= 2) {
      const [below, above] = [backward[diagonal - 1] ?? 0, backward[diagonal + 1] ?? 0]
      let at = below < above ? below : above - 1
      let otherAt = at - diagonal + zero
      while (at > start && otherAt > otherStart && one[at - 1] === other[otherAt - 1]) {
        at -= 1
        otherAt -= 1
      }
      backward[diagonal] = at
      const hasBeen = !isOdd && low <= diagonal && diagonal <= high
      if (hasBeen && at <= (forward[diagonal] ?? 0)) {
        return { at, otherAt }
      }
    }
  }
  return null
}
