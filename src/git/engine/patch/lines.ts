/** The lines of a text with their newlines; the last may lack it. */
export function splitLines(content: string): string[] {
  const lines: string[] = []
  for (let at = 0; at < content.length; ) {
    const next = content.indexOf('\n', at)
    const end = next === -1 ? content.length : next + 1
    lines.push(content.slice(at, end))
    at = end
  }
  return lines
}
