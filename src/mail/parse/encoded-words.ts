import { type ByteText, trim, upToNul, utf8 } from './byte-text.ts'
import { decodeText, recodeToUtf8 } from './charset.ts'

export interface DecodedHeader {
  /** UTF-8 where anything was encoded; raw 8-bit bytes stay as they are. */
  readonly value: ByteText
  /** `git mailinfo` refuses the whole mail for it. */
  readonly isRefused: boolean
}

/** One word of RFC 2047, `=?charset?B?...?=`, found at `start`. */
interface EncodedWord {
  readonly charset: string
  readonly bytes: ByteText
  readonly end: number
}

/**
 * Decodes the encoded words of a header value as `git mailinfo` does: wherever they stand, in quoted strings too, and
 * without the white space between two of them. Where git gives up, as much as possible is decoded all the same.
 */
export function decodeEncodedWords(value: ByteText): DecodedHeader {
  let start = value.indexOf('=?')
  if (start === -1) {
    return { value, isRefused: false }
  }
  let out = ''
  let at = 0
  let isRefused = false
  while (start !== -1) {
    const word = readWord(value, start)
    const between = value.slice(at, start)
    if (at === 0 || !isBlank(between)) {
      out += between
    }
    if (word === null) {
      out += '=?'
      at = start + 2
      isRefused = true
    } else {
      const exact = recodeToUtf8(word.bytes, word.charset)
      const run = exact === null ? wordRun(value, word) : word
      out += exact ?? utf8(decodeText(run.bytes, word.charset.replace(/\*.*$/, '')).text)
      at = run.end
      isRefused ||= exact === null || word.bytes.includes('\0')
    }
    start = value.indexOf('=?', at)
  }
  return { value: out + value.slice(at), isRefused }
}

/** A header value as people read it. */
export function headerText(value: ByteText): string {
  return decodeText(decodeEncodedWords(value).value, '').text
}

function isBlank(text: ByteText): boolean {
  return trim(text) === ''
}

function readWord(value: ByteText, start: number): EncodedWord | null {
  const mark = value.indexOf('?', start + 2)
  if (mark === -1 || value[mark + 2] !== '?') {
    return null
  }
  const close = value.indexOf('?=', mark + 3)
  const encoding = value[mark + 1]?.toLowerCase()
  if (close === -1 || (encoding !== 'b' && encoding !== 'q')) {
    return null
  }
  const content = upToNul(value.slice(mark + 3, close))
  return {
    charset: value.slice(start + 2, mark),
    bytes: encoding === 'b' ? decodeB(content) : decodeQ(content),
    end: close + 2,
  }
}

/** A word and those of its charset that follow it: a character may have been cut between two words. */
function wordRun(value: ByteText, first: EncodedWord): EncodedWord {
  let run = first
  for (;;) {
    const start = value.indexOf('=?', run.end)
    const next =
      start === -1 || !isBlank(value.slice(run.end, start)) ? null : readWord(value, start)
    if (next === null || next.charset.toLowerCase() !== first.charset.toLowerCase()) {
      return run
    }
    run = { charset: first.charset, bytes: run.bytes + next.bytes, end: next.end }
  }
}

function decodeB(content: ByteText): ByteText {
  return Buffer.from(content.replace(/[^A-Za-z0-9+/]/g, ''), 'base64').toString('latin1')
}

function decodeQ(content: ByteText): ByteText {
  return content
    .replace(/=$/, '')
    .replace(/_|=([0-9A-Fa-f]{2})/g, (_, hex: string | undefined) =>
      hex === undefined ? ' ' : String.fromCharCode(Number.parseInt(hex, 16)),
    )
}
