import type { Hunk } from './file-diff.ts'
import { splitLines } from './lines.ts'

export type HunksResult =
  /** `isMoved`: a hunk was found elsewhere than its header says. */
  | { readonly outcome: 'applied'; readonly content: string; readonly isMoved: boolean }
  | { readonly outcome: 'refused' }
  /** Too much work to find out, or a rule of git's that is not followed here. */
  | { readonly outcome: 'unsure' }

/** So many lines are compared for one file before it is left to git, which has a time limit. */
const maxComparisons = 20_000_000

/**
 * Applies the hunks to a file (byte strings) where `git apply` would: at the line that the header names, else at the
 * nearest line below or above where all old lines stand; a hunk that begins with line 1 only at the beginning, one
 * without context at its end only at the end; no fuzz, and never over lines that an earlier hunk put there.
 */
export function applyHunks(content: string, hunks: readonly Hunk[]): HunksResult {
  return applyInPlace(content, hunks) ?? applyAnywhere(content, hunks)
}

/** Where each hunk stands exactly where it says: no need to take the file apart. */
function applyInPlace(content: string, hunks: readonly Hunk[]): HunksResult | null {
  const pieces: string[] = []
  let at = 0
  let line = 0
  for (const hunk of hunks) {
    const position = Math.max(hunk.newStart - 1, 0)
    if (position < line || (isAtBeginning(hunk) && position !== 0)) {
      return null
    }
    let start = at
    for (; line < position; line += 1) {
      const next = content.indexOf('\n', start)
      if (next === -1) {
        return null
      }
      start = next + 1
    }
    const before = hunk.before.join('')
    const end = start + before.length
    const mustEnd = hunk.trailing === 0 || !endsInNewline(hunk.before)
    if (!content.startsWith(before, start) || (mustEnd && end !== content.length)) {
      return null
    }
    pieces.push(content.slice(at, start), ...hunk.after)
    line = position + hunk.after.length
    at = end
  }
  pieces.push(content.slice(at))
  return { outcome: 'applied', content: pieces.join(''), isMoved: false }
}

function applyAnywhere(content: string, hunks: readonly Hunk[]): HunksResult {
  const image: Image = { lines: splitLines(content), patched: [] }
  const work = { left: maxComparisons }
  let isMoved = false
  for (const hunk of hunks) {
    const found = placeHunk(image, hunk, work)
    if (found === 'unsure') {
      return { outcome: 'unsure' }
    }
    if (found === null) {
      return { outcome: 'refused' }
    }
    isMoved ||= found !== Math.max(hunk.newStart - 1, 0)
  }
  return { outcome: 'applied', content: image.lines.join(''), isMoved }
}

/** The hunks that `git apply --reject` leaves over, the others applied; null where that is not sure. */
export function hunksLeftOver(content: string, hunks: readonly Hunk[]): readonly Hunk[] | null {
  const image: Image = { lines: splitLines(content), patched: [] }
  const work = { left: maxComparisons }
  const left: Hunk[] = []
  for (const hunk of hunks) {
    const found = placeHunk(image, hunk, work)
    if (found === 'unsure') {
      return null
    }
    left.push(...(found === null ? [hunk] : []))
  }
  return left
}

/** Puts a hunk into the image, and gives its line; null, and nothing changed, where it does not stand anywhere. */
function placeHunk(image: Image, hunk: Hunk, work: { left: number }): number | null | 'unsure' {
  if (!endsInNewline(hunk.before) && hunk.trailing > 0) {
    return 'unsure'
  }
  const found = findHunk(image, hunk, work)
  if (work.left <= 0) {
    return 'unsure'
  }
  if (found !== null) {
    splice(image.lines, found, hunk.before.length, hunk.after)
    const marks = hunk.after.map(() => true)
    image.patched.length = Math.max(image.patched.length, found)
    splice(image.patched, found, hunk.before.length, marks)
  }
  return found
}

interface Image {
  readonly lines: string[]
  /** Lines that a hunk put there, its context included. */
  readonly patched: boolean[]
}

/** Forwards and backwards by turns from where the hunk should be. */
function findHunk(image: Image, hunk: Hunk, work: { left: number }): number | null {
  const total = image.lines.length
  const mustBegin = isAtBeginning(hunk)
  const mustEnd = hunk.trailing === 0
  const stated = Math.max(hunk.newStart - 1, 0)
  const wanted = mustBegin ? 0 : mustEnd ? total - hunk.before.length : stated
  // A negative line is as far off as a hunk that is longer than the file.
  const start = wanted < 0 || wanted > total ? total : wanted
  function stands(line: number): boolean {
    const end = line + hunk.before.length
    if (end > total || (mustEnd && end !== total) || (mustBegin && line !== 0)) {
      return false
    }
    for (let index = 0; index < hunk.before.length; index += 1) {
      work.left -= 1
      if (
        image.patched[line + index] === true ||
        hunk.before[index] !== image.lines[line + index]
      ) {
        return false
      }
    }
    return true
  }
  if (stands(start)) {
    return start
  }
  let [below, above] = [start, start]
  while ((below < total || above > 0) && work.left > 0) {
    if (below < total) {
      below += 1
      if (stands(below)) {
        return below
      }
    }
    if (above > 0) {
      above -= 1
      if (stands(above)) {
        return above
      }
    }
  }
  return null
}

/** A hunk that starts with line 1, or with nothing, belongs to the beginning of the file. */
function isAtBeginning(hunk: Hunk): boolean {
  return hunk.oldStart <= 1
}

function endsInNewline(lines: readonly string[]): boolean {
  return lines.at(-1)?.endsWith('\n') ?? true
}

/** `Array.splice` without an argument for every item. */
function splice<T>(list: T[], at: number, removed: number, added: readonly T[]): void {
  const tail = list.slice(at + removed)
  list.length = at
  for (const item of added) {
    list.push(item)
  }
  for (const item of tail) {
    list.push(item)
  }
}
