/** One mail of an mbox file. */
export interface MboxMail {
  /** The mail without its `From ` line. */
  readonly raw: Uint8Array
  /** Byte offset of the separator line: reading may begin here again. */
  readonly offset: number
  /** Byte offset after the mail. */
  readonly endOffset: number
  /** False for the last mail, which may still be growing. */
  readonly complete: boolean
}

/**
 * `mbox`: bytes stay as they are, as `git mailsplit` leaves them. `mboxrd`: one `>` is taken from each `>From ` line.
 * `auto`: mboxrd for mails whose separator says so, as public-inbox writes it (`From mboxrd@z`).
 */
export type MboxFormat = 'mbox' | 'mboxrd' | 'auto'

const newline = 0x0a
const carriageReturn = 0x0d
const fromSpace = Buffer.from('From ')
const nextFrom = Buffer.from('\nFrom ')
const mboxrdSeparator = Buffer.from('From mboxrd@z ')
const quotedFrom = Buffer.from('>From ')

/** A separator line is never longer: what is, is text. */
const maxSeparatorBytes = 65_536

/**
 * How the mails of a file are told apart: by separators as git knows them; where the first line is another `From `
 * line, which git refuses, by every such line between an empty line and a header field; or there is one mail only.
 */
type Layout = 'strict' | 'loose' | 'bare'

/**
 * Splits an mbox at the lines that `git mailsplit` splits at: `From `, and something like a time and a year. Data that
 * does not begin with such a line is one mail, as with `git mailsplit -b`, unless all its separators are of a simpler
 * kind (`From nobody`). Leading white space is skipped.
 * `startOffset` is the position of the first chunk in its file. Memory is bounded by the largest mail, or by
 * `maxMailBytes`, at which the `raw` of a longer one is cut off.
 */
export async function* splitMbox(
  chunks: AsyncIterable<Uint8Array>,
  startOffset: number,
  format: MboxFormat = 'auto',
  maxMailBytes: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<MboxMail> {
  let window: Window = { bytes: Buffer.alloc(0), start: 0, end: 0, offset: startOffset, dropped: 0 }
  let layout: Layout | null = null
  let scanned = 0
  for await (const chunk of chunks) {
    window = append(window, chunk)
    if (layout === null) {
      window = skipSpace(window)
      layout = layoutOf(window, false)
    }
    while (layout !== null && layout !== 'bare') {
      const next = nextSeparator(window, scanned, layout, false)
      scanned = next.length
      if (!next.found) {
        break
      }
      yield mailOf(window, next.length, true, format)
      window = advance(window, next.length)
      scanned = 0
    }
    const kept = dropMiddle(
      window,
      layout === 'bare' ? window.end - window.start : scanned,
      maxMailBytes,
    )
    scanned -= layout === 'bare' ? 0 : kept.dropped - window.dropped
    window = kept
  }
  if (layout === null) {
    window = skipSpace(window)
    layout = layoutOf(window, true)
  }
  const last =
    layout === null || layout === 'bare' ? null : nextSeparator(window, scanned, layout, true)
  if (last?.found === true) {
    yield mailOf(window, last.length, true, format)
    window = advance(window, last.length)
  }
  if (window.end > window.start) {
    yield mailOf(window, window.end - window.start, false, format)
  }
}

/** Bytes read and not yet given out: `start` to `end` of a buffer that may be larger. */
interface Window {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Position of `start` in the file. */
  readonly offset: number
  /** Bytes of the mail at `start` that were left out of its middle, as it is too long. */
  readonly dropped: number
}

function advance(window: Window, length: number): Window {
  const offset = window.offset + length + window.dropped
  return { ...window, start: window.start + length, offset, dropped: 0 }
}

/** Leaves out what a mail that is too long has between its first `max` bytes and those not yet looked at. */
function dropMiddle(window: Window, scanned: number, max: number): Window {
  if (scanned <= max) {
    return window
  }
  const from = window.start + scanned
  window.bytes.copyWithin(window.start + max, from, window.end)
  const dropped = scanned - max
  return { ...window, end: window.end - dropped, dropped: window.dropped + dropped }
}

function append(window: Window, chunk: Uint8Array): Window {
  const length = window.end - window.start
  const needed = length + chunk.length
  if (window.end + chunk.length <= window.bytes.length) {
    window.bytes.set(chunk, window.end)
    return { ...window, end: window.end + chunk.length }
  }
  const bytes =
    needed * 2 <= window.bytes.length
      ? window.bytes
      : Buffer.allocUnsafe(Math.max(needed * 2, 65_536))
  window.bytes.copy(bytes, 0, window.start, window.end)
  bytes.set(chunk, length)
  return { ...window, bytes, start: 0, end: needed }
}

/** Without the white space that the window begins with. */
function skipSpace(window: Window): Window {
  let at = window.start
  while (at < window.end && isSpace(window.bytes[at] ?? 0)) {
    at += 1
  }
  return advance(window, at - window.start)
}

/** Null while the first line is not complete. */
function layoutOf(window: Window, atEnd: boolean): Layout | null {
  const view = window.bytes.subarray(window.start, window.end)
  const line = firstLine(view, atEnd)
  if (line === null) {
    return view.length > maxSeparatorBytes ? 'bare' : null
  }
  if (isSeparator(line)) {
    return 'strict'
  }
  return startsWithFrom(line) ? 'loose' : 'bare'
}

function startsWithFrom(line: Uint8Array): boolean {
  return line.length >= fromSpace.length && fromSpace.compare(line, 0, fromSpace.length) === 0
}

/** The first line with its newline; at the end of the data the newline may lack. Null while it is incomplete. */
function firstLine(view: Buffer, atEnd: boolean): Buffer | null {
  const at = view.subarray(0, maxSeparatorBytes).indexOf(newline)
  if (at !== -1) {
    return view.subarray(0, at + 1)
  }
  return atEnd ? view : null
}

/**
 * The length of the mail at the window's start when a separator follows it; else how much of the window need not be
 * looked at again.
 */
function nextSeparator(
  window: Window,
  scanned: number,
  layout: 'strict' | 'loose',
  atEnd: boolean,
): { readonly found: boolean; readonly length: number } {
  const view = window.bytes.subarray(window.start, window.end)
  let at = view.indexOf(nextFrom, scanned)
  while (at !== -1) {
    const rest = view.subarray(at + 1)
    const isFound =
      layout === 'strict'
        ? strictAt(rest, atEnd)
        : isAfterEmptyLine(view, at) && looseAt(rest, atEnd)
    if (isFound === null && rest.length <= maxSeparatorBytes) {
      return { found: false, length: at }
    }
    if (isFound === true) {
      return { found: true, length: at + 1 }
    }
    at = view.indexOf(nextFrom, at + 1)
  }
  return { found: false, length: Math.max(scanned, view.length - nextFrom.length + 1) }
}

/** Whether a separator is there; null while that cannot be told. */
function strictAt(rest: Buffer, atEnd: boolean): boolean | null {
  const line = firstLine(rest, atEnd)
  return line === null ? null : isSeparator(line)
}

/** Whether a header field follows the line; null while that cannot be told. */
function looseAt(rest: Buffer, atEnd: boolean): boolean | null {
  const line = firstLine(rest, atEnd)
  const next = line === null ? null : firstLine(rest.subarray(line.length), atEnd)
  return next === null ? null : /^[!-9;-~]+:/.test(next.toString('latin1'))
}

function isAfterEmptyLine(view: Buffer, at: number): boolean {
  const before = view[at - 1] === carriageReturn ? at - 2 : at - 1
  return view[before] === newline
}

/** White space as git counts it. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/** Whether a line (with its newline) separates mails, by the rule of `git mailsplit`. */
export function isSeparator(line: Uint8Array): boolean {
  if (line.length < 20 || !startsWithFrom(line)) {
    return false
  }
  let colon = line.length - 3
  while (colon >= fromSpace.length - 1 && line[colon] !== 0x3a) {
    colon -= 1
  }
  return (
    colon >= fromSpace.length - 1 &&
    [-4, -2, -1, 1, 2].every((distance) => isDigit(line[colon + distance])) &&
    yearAt(line, colon + 3) > 90
  )
}

/** The number at `from`, read as C's strtol does. */
function yearAt(line: Uint8Array, from: number): number {
  let at = from
  while (isSpace(line[at] ?? 0) || line[at] === 0x0b || line[at] === 0x0c) {
    at += 1
  }
  const sign = line[at] === 0x2d ? -1 : 1
  if (line[at] === 0x2d || line[at] === 0x2b) {
    at += 1
  }
  let value = 0
  while (isDigit(line[at]) && value < 1e9) {
    value = value * 10 + ((line[at] ?? 0) - 0x30)
    at += 1
  }
  return sign * value
}

function mailOf(window: Window, length: number, complete: boolean, format: MboxFormat): MboxMail {
  const bytes = window.bytes.subarray(window.start, window.start + length)
  const line = firstLine(bytes, true) ?? bytes
  const body = startsWithFrom(line) ? bytes.subarray(line.length) : bytes
  const isMboxrd =
    format === 'mboxrd' ||
    (format === 'auto' && bytes.subarray(0, mboxrdSeparator.length).equals(mboxrdSeparator))
  const raw = isMboxrd ? unquoteFrom(body) : new Uint8Array(body)
  const endOffset = window.offset + length + window.dropped
  return { raw, offset: window.offset, endOffset, complete }
}

/** Takes one `>` from each line of the form `>+From `. */
function unquoteFrom(body: Buffer): Uint8Array {
  const pieces: Buffer[] = []
  let kept = 0
  let at = body.indexOf(quotedFrom)
  while (at !== -1) {
    let start = at
    while (start > 0 && body[start - 1] === 0x3e) {
      start -= 1
    }
    if (start === 0 || body[start - 1] === newline) {
      pieces.push(body.subarray(kept, start))
      kept = start + 1
    }
    at = body.indexOf(quotedFrom, at + quotedFrom.length)
  }
  if (pieces.length === 0) {
    return new Uint8Array(body)
  }
  pieces.push(body.subarray(kept))
  return new Uint8Array(Buffer.concat(pieces))
}
