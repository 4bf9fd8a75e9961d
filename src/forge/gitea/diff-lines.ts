import { scanDiff } from '../../core/patch/scan-diff.ts'
import type { DiffAnchor } from '../../core/pull-request/review.ts'

type Side = DiffAnchor['side']

/** Lines of one side that a hunk shows, its context included. */
interface LineRange {
  readonly path: string
  readonly side: Side
  readonly first: number
  readonly last: number
}

const hunkHeader = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/

/** What a diff shows, by files and lines: where a remark can be. */
export function linesInDiff(diff: string): (anchor: DiffAnchor) => boolean {
  const bytes = Buffer.from(diff).toString('latin1')
  const ranges = scanDiff(bytes).parts.flatMap(({ file, start, end }) => {
    const paths = { old: file.oldPath, new: file.newPath }
    return hunkRanges(bytes.slice(start, end)).flatMap(({ side, first, last }) => {
      const path = paths[side] ?? paths.new ?? paths.old
      return path === null ? [] : [{ path, side, first, last }]
    })
  })
  return ({ path, side, line, startLine }) =>
    ranges.some(
      (range) =>
        range.path === path &&
        range.side === side &&
        range.first <= (startLine ?? line) &&
        line <= range.last,
    )
}

/** Skips the lines of each hunk by its own counts, so that no content is taken for a header. */
function hunkRanges(part: string): readonly Omit<LineRange, 'path'>[] {
  const ranges: Omit<LineRange, 'path'>[] = []
  const lines = part.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const header = hunkHeader.exec(lines[at] ?? '')
    if (header === null) {
      continue
    }
    const [oldFirst, oldCount, newFirst, newCount] = [1, 2, 3, 4].map((index) =>
      Number(header[index] ?? 1),
    ) as [number, number, number, number]
    ranges.push({ side: 'old', first: oldFirst, last: oldFirst + oldCount - 1 })
    ranges.push({ side: 'new', first: newFirst, last: newFirst + newCount - 1 })
    let [before, after] = [oldCount, newCount]
    while (before > 0 || after > 0) {
      at += 1
      const sign = lines[at]?.[0]
      if (at >= lines.length) {
        break
      }
      before -= sign === '+' || sign === '\\' ? 0 : 1
      after -= sign === '-' || sign === '\\' ? 0 : 1
    }
  }
  return ranges
}

/** The number of the last line of a hunk on one side; null where there is no hunk to count in. */
export function lastLineOfHunk(hunk: string, side: Side): number | null {
  const [first = '', ...lines] = hunk.split('\n')
  const header = hunkHeader.exec(first)
  if (header === null) {
    return null
  }
  const other = side === 'new' ? '-' : '+'
  const shown = lines.filter((line) => line !== '' && line[0] !== other && line[0] !== '\\')
  return shown.length === 0 ? null : Number(header[side === 'new' ? 3 : 1]) + shown.length - 1
}
