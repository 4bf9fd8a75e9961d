const width = 72

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u

/** How wide a terminal shows it: nothing for combining marks, two for East Asian wide characters. */
export function columns(text: string): number {
  let sum = 0
  for (const character of text) {
    sum += wide.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1
  }
  return sum
}

function wrap(words: readonly string[], hanging: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line === '') {
      line = word
    } else if (columns(line) + 1 + columns(word) <= width) {
      line = `${line} ${word}`
    } else if (word === 'From' && line.includes(' ')) {
      // An mbox would quote a line that begins so.
      const at = line.lastIndexOf(' ')
      lines.push(line.slice(0, at))
      line = `${hanging}${line.slice(at + 1)} ${word}`
    } else {
      lines.push(line)
      line = hanging + word
    }
  }
  return [...lines, line]
}

/** Lines that programs take for something else: a trailer, a diff, a new mail of an mbox, our own machine-readable part. */
const misread = [
  /^>*From /,
  /^\s*[\w-]+-by:(?:\s|$)/i,
  /^\s*(?:fixes|closes|link|buglink|change-id|base-commit|obsoleted-by|supersedes):\s/i,
  /^\s*\w\S*:\s.*\S@\S/,
  /^(?:diff|Index:|--+|\+\+\+|@@|#)(?:\s|$)/,
]

/**
 * Lays a rendered template out as the text of a mail. Prose is joined and wrapped at 72 columns: a line that begins
 * with a space, `|` or `>` is left as it is, `- ` begins an item of a list. Blank lines come one at a time. A line that
 * programs would misread (b4 and Patchwork collect trailers from every reply) is quoted with `| `.
 */
export function layOut(text: string): string {
  const lines: string[] = []
  let paragraph: string[] = []
  function endParagraph(): void {
    if (paragraph.length > 0) {
      lines.push(...wrap(paragraph, paragraph[0] === '-' ? '  ' : ''))
      paragraph = []
    }
  }
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd()
    if (line === '' || /^[\s|>]/.test(line)) {
      endParagraph()
      lines.push(line)
      continue
    }
    if (line.startsWith('- ')) {
      endParagraph()
    }
    paragraph.push(...line.split(/\s+/))
  }
  endParagraph()
  return lines
    .map((line) => (misread.some((pattern) => pattern.test(line)) ? `| ${line}` : line))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
}
