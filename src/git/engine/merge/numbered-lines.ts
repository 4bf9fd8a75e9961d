import { splitLines } from '../patch/lines.ts'

/** A text whose lines have numbers: equal lines have the same, in every text that was numbered with it. */
export interface NumberedLines {
  readonly lines: readonly string[]
  readonly ids: Int32Array
  /** How many lines have a number. */
  readonly counts: Int32Array
}

/** The others are taken for versions of the first: what they share with it at both ends is only compared, which is cheap. */
export function numberLines(texts: readonly string[]): readonly NumberedLines[] {
  const numbers = new Map<string, number>()
  const numbered: Pick<NumberedLines, 'lines' | 'ids'>[] = []
  for (const text of texts) {
    const lines = splitLines(text)
    const ids = new Int32Array(lines.length)
    const [first] = numbered
    const [start, end] = first === undefined ? [0, lines.length] : takeOver(first, lines, ids)
    for (let at = start; at < end; at += 1) {
      const line = lines[at] ?? ''
      const id = numbers.get(line) ?? numbers.size
      numbers.set(line, id)
      ids[at] = id
    }
    numbered.push({ lines, ids })
  }
  return numbered.map((each) => ({ ...each, counts: countsOf(each.ids, numbers.size) }))
}

/** Takes the numbers of the lines at both ends that are the same; gives which are between them. */
function takeOver(
  first: Pick<NumberedLines, 'lines' | 'ids'>,
  lines: readonly string[],
  ids: Int32Array,
): readonly [start: number, end: number] {
  const limit = Math.min(lines.length, first.lines.length)
  let start = 0
  while (start < limit && lines[start] === first.lines[start]) {
    ids[start] = first.ids[start] ?? 0
    start += 1
  }
  let end = lines.length
  const shift = first.lines.length - lines.length
  while (end > start && end + shift > start && lines[end - 1] === first.lines[end - 1 + shift]) {
    end -= 1
    ids[end] = first.ids[end + shift] ?? 0
  }
  return [start, end]
}

function countsOf(ids: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size)
  for (const id of ids) {
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts
}
