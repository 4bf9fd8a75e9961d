/** Control characters, and characters that reorder text, of a hostile mail have no say on a terminal. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
}

/** In characters, as far as a terminal shows each as one cell. */
function width(text: string): number {
  return Array.from(text).length
}

/** Columns of text, as wide as their widest cell; the last one runs free. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(plain))]
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => width(line[column] ?? ''))),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const isLast = column === head.length - 1
          return isLast ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell))
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
