/**
 * UTF-8 of any string: a surrogate that stands alone becomes its own three bytes (WTF-8) where TextEncoder would
 * put U+FFFD, so that no two strings have the same bytes.
 */
export function toWideUtf8(text: string): readonly number[] {
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) {
      bytes.push(code)
    } else if (code < 0x800) {
      bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f))
    } else if (code < 0x10000) {
      bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    } else {
      const low = [(code >> 12) & 0x3f, (code >> 6) & 0x3f, code & 0x3f]
      bytes.push(0xf0 | (code >> 18), ...low.map((bits) => 0x80 | bits))
    }
  }
  return bytes
}

/** Undoes `toWideUtf8`. What it gives for other bytes means nothing: compare by encoding again. */
export function fromWideUtf8(bytes: readonly number[]): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at] ?? 0
    const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    const rest = bytes.slice(at + 1, at + size)
    const start = size === 1 ? lead : lead & (0x7f >> size)
    const code = rest.reduce((sum, byte) => (sum << 6) | (byte & 0x3f), start)
    text += String.fromCodePoint(Math.min(code, 0x10ffff))
    at += size
  }
  return text
}
