/**
 * A string in which each character is one byte (0 to 255). Mail is read in this form: every byte survives, and the
 * engine's string search is as fast on it as anything on buffers. The functions that take one say so.
 */
export type ByteText = string

export function toByteText(bytes: Uint8Array): ByteText {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

export function toBytes(text: ByteText): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** UTF-8 bytes of ordinary text, as byte text. */
export function utf8(text: string): ByteText {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

export function isAscii(text: string): boolean {
  return !/[\u0080-\uffff]/.test(text)
}

/** White space as git's own isspace has it: no form feed, no vertical tab, no bytes above ASCII. */
export function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r'
}

export function trimEnd(text: ByteText): ByteText {
  let end = text.length
  while (end > 0 && isSpace(text[end - 1])) {
    end -= 1
  }
  return text.slice(0, end)
}

export function trim(text: ByteText): ByteText {
  let start = 0
  while (start < text.length && isSpace(text[start])) {
    start += 1
  }
  return trimEnd(text.slice(start))
}

/** Each run of white space becomes one blank. */
export function squeezeSpace(text: ByteText): ByteText {
  return /[\t\n\r]| {2}/.test(text) ? text.replace(/[ \t\n\r]+/g, ' ') : text
}

/** What a C function sees of it. */
export function upToNul(text: ByteText): ByteText {
  const at = text.indexOf('\0')
  return at === -1 ? text : text.slice(0, at)
}

/** `git mailsplit` takes the CR from each CRLF; so does everything that reads a body here. */
export function withoutCr(text: ByteText): ByteText {
  return text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text
}

/**
 * What an encoded part holds, without the CR that a program put before each LF. Where the lines that name the files
 * end in LF, a CR belongs to the content of a file, and stays as git has it.
 */
export function withoutPatchCr(text: ByteText): ByteText {
  const named = /^(?:diff -|Index: |--- |\+\+\+ )[^\n]*\n/m.exec(text)?.[0]
  return named === undefined || named.endsWith('\r\n') ? withoutCr(text) : text
}

/** The position after the newline of the line at `from`. */
export function nextLine(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}
