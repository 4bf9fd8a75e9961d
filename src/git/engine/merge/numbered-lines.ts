import { splitLines } from '../patch/lines.ts'

/** A text whose lines have numbers: equal lines have the same, in every text that was numbered with it. */
export interface NumberedLines {
  readonly lines: readonly string[]
  readonly ids: Int32Array
  /** How many lines have a number. */
  readonly counts: Int32Array
}

export function numberLines(texts: readonly string[]): readonly NumberedLines[] {
  const numbers = new Map<string, number>()
  const numbered = texts.map((text) => {
    const lines = splitLines(text)
    const ids = new Int32Array(lines.length)
    for (const [at, line] of lines.entries()) {
      let id = numbers.get(line)
      if (id === undefined) {
        id = numbers.size
        numbers.set(line, id)
      }
      ids[at] = id
    }
    return { lines, ids }
  })
  return numbered.map(({ lines, ids }) => ({ lines, ids, counts: countsOf(ids, numbers.size) }))
}

function countsOf(ids: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size)
  for (const id of ids) {
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts
}
