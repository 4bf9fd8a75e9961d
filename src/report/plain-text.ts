/** Escape sequences of terminals (ECMA-48): CSI, OSC and other strings, and the short ones. */
const escapeSequence =
  // oxlint-disable-next-line no-control-regex -- these very characters are looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g

/** What reorders or hides text: bidirectional controls, zero-width and tag characters (Unicode TR 36). */
const invisible =
  /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

function withoutTricks(text: string): string {
  return text
    .replace(escapeSequence, '')
    .replace(invisible, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/(\p{M}{4})\p{M}+/gu, '$1')
}

function cut(text: string, longest: number): string {
  const characters = Array.from(text)
  return characters.length <= longest
    ? text
    : `${characters
        .slice(0, longest - 3)
        .join('')
        .trimEnd()}...`
}

/** Text from a mail, a log or a forge as one line that can stand anywhere; cut at `longest` characters. */
export function plainLine(text: string, longest = 200): string {
  const start = text.slice(0, longest * 8)
  return cut(
    withoutTricks(start)
      .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
      .trim(),
    longest,
  )
}

/** A finding such as `it changes ci.yml, which CI reads` as a sentence of its own. */
export function plainSentence(text: string, longest = 400): string {
  const line = plainLine(text, longest)
  const begun = /^[a-z]+(?=[\s,:;?!]|\.?$)/.test(line)
    ? `${line[0]?.toUpperCase()}${line.slice(1)}`
    : line
  return begun === '' || /[.!?:]$/.test(begun) ? begun : `${begun}.`
}

function expandTabs(line: string): string {
  return line.includes('\t')
    ? line
        .split('\t')
        .reduce((before, part) => `${before}${' '.repeat(8 - (before.length % 8))}${part}`)
    : line
}

/**
 * Output of a program as lines: escape sequences and control characters gone, of a line that was overwritten (carriage
 * return) what was seen last, no blank lines around it, each line cut at `longest` characters.
 */
export function plainLines(text: string, longest = 200): readonly string[] {
  const lines = text.split(/\r*\n|[\u0085\u2028\u2029]/).map((line) => {
    const seen = withoutTricks(line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1))
    return cut(
      expandTabs(seen)
        .replace(/\p{Cc}/gu, '')
        .trimEnd(),
      longest,
    )
  })
  const first = lines.findIndex((line) => line !== '')
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex((line) => line !== '') + 1)
}

/** An address of a page as it may be printed; null for anything else. */
export function plainUrl(url: string | null): string | null {
  return url !== null && /^https?:\/\/[!-~]{1,500}$/.test(url) ? url : null
}

/** A word for a POSIX shell, quoted only where it has to be. */
export function shellWord(word: string): string {
  const plain = plainLine(word, 500)
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `'${plain.replaceAll("'", `'\\''`)}'`
}
