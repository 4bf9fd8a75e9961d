import { hash } from 'node:crypto'

/**
 * The patch-id of a diff, 40 hex digits, as the first line of `git patch-id --stable` (git 2.39) has it: white space
 * and line numbers do not count, nor does the order of the files. Null where git prints none: a diff without a
 * `diff` line. Text is hashed as UTF-8.
 */
export function patchId(diff: string | Uint8Array): string | null {
  const bytes =
    typeof diff === 'string'
      ? Buffer.from(diff)
      : Buffer.from(diff.buffer, diff.byteOffset, diff.length)
  for (let at = 0; at < bytes.length; ) {
    const { id, end } = nextPatchId(bytes, at)
    if (id !== null) {
      return id
    }
    at = end
  }
  return null
}

/** Lines of the hunk that are still to come; `before` is -1 while the header of a file is read. */
interface Left {
  before: number
  after: number
}

const newline = 0x0a
const minus = 0x2d
const plus = 0x2b
const blank = 0x20

/** One round of git's loop: the patch at or after `start`, and where the first line that is not of it ends. */
function nextPatchId(
  bytes: Buffer,
  start: number,
): { readonly id: string | null; readonly end: number } {
  const digests: string[] = []
  const left: Left = { before: -1, after: -1 }
  const pending = Buffer.allocUnsafe(bytes.length - start)
  let length = 0
  let isEmpty = true
  let blobs = ''
  let isBinary = false
  let at = start
  while (at < bytes.length) {
    const from = at
    const found = bytes.indexOf(newline, from)
    at = found === -1 ? bytes.length : found + 1
    if (startsWith(bytes, from, '\\ ') && at - from > 12) {
      continue
    }
    if (namesCommit(bytes, from, at)) {
      break
    }
    if (isEmpty && !startsWith(bytes, from, 'diff ')) {
      continue
    }
    if (left.before === -1) {
      if (startsWith(bytes, from, 'GIT binary patch') || startsWith(bytes, from, 'Binary files')) {
        isBinary = true
        left.before = 0
        const binary = [pending.subarray(0, length), Buffer.from(blobs, 'latin1')]
        digests.push(hash('sha1', Buffer.concat(binary)))
        length = 0
        continue
      }
      if (startsWith(bytes, from, 'index ')) {
        blobs = blobsOf(bytes.toString('latin1', from, at)) ?? blobs
        continue
      }
      if (startsWith(bytes, from, '--- ')) {
        left.before = 1
        left.after = 1
      } else if (!isLetter(bytes[from])) {
        break
      }
    }
    if (isBinary) {
      if (startsWith(bytes, from, 'diff ')) {
        isBinary = false
        left.before = -1
      }
      continue
    }
    if (left.before === 0 && left.after === 0) {
      if (startsWith(bytes, from, '@@ -')) {
        readHunkHeader(bytes.toString('latin1', from, at), left)
        continue
      }
      if (!startsWith(bytes, from, 'diff ')) {
        break
      }
      digests.push(hash('sha1', pending.subarray(0, length)))
      length = 0
      left.before = -1
      left.after = -1
    }
    const mark = bytes[from]
    left.before -= mark === minus || mark === blank ? 1 : 0
    left.after -= mark === plus || mark === blank ? 1 : 0
    const squeezed = squeeze(bytes, from, at, pending, length)
    isEmpty &&= squeezed === length
    length = squeezed
  }
  digests.push(hash('sha1', pending.subarray(0, length)))
  return { id: isEmpty ? null : sumOf(digests), end: at }
}

function startsWith(bytes: Buffer, at: number, prefix: string): boolean {
  for (let index = 0; index < prefix.length; index += 1) {
    if (bytes[at + index] !== prefix.charCodeAt(index)) {
      return false
    }
  }
  return true
}

/** 0 for the white space that does not count, 1 for every other byte. */
const counts = Uint8Array.from({ length: 256 }, (_, byte) =>
  '\t\n\r '.includes(String.fromCharCode(byte)) ? 0 : 1,
)

/** Copies a line up to its first NUL, without white space, to `position` of `target`; gives the position after it. */
function squeeze(
  bytes: Buffer,
  from: number,
  to: number,
  target: Buffer,
  position: number,
): number {
  let next = position
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === 0) {
      break
    }
    target[next] = byte
    next += counts[byte] ?? 1
  }
  return next
}

function isLetter(byte: number | undefined): boolean {
  const lower = (byte ?? 0) | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

/** The line that `git log` or `format-patch` puts before a patch. */
function namesCommit(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < 40) {
    return false
  }
  const start =
    from + (startsWith(bytes, from, 'commit ') ? 7 : startsWith(bytes, from, 'From ') ? 5 : 0)
  let at = start
  while (at < start + 40 && isHexDigit(bytes[at])) {
    at += 1
  }
  return at === start + 40
}

function isHexDigit(byte = 0): boolean {
  const lower = byte | 0x20
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66)
}

/** Old and new name of an `index` line, one after the other. */
function blobsOf(line: string): string | null {
  const names = /^index (?<before>[^ .]*)\.\.(?<after>[^ \n]*)/.exec(line)?.groups
  return names === undefined ? null : `${names['before']}${names['after']}`
}

function readHunkHeader(line: string, left: Left): void {
  const found = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))?/.exec(line)
  if (found !== null) {
    left.before = Number(found[1] ?? 1)
    left.after = Number(found[2] ?? 1)
  }
}

/** Digests in hex added up byte by byte from the first, with carry: what git does to them, one a file. */
function sumOf(digests: readonly string[]): string {
  const [only = ''] = digests
  if (digests.length === 1) {
    return only
  }
  const sum = Buffer.alloc(20)
  for (const digest of digests) {
    let carry = 0
    for (const [index, byte] of Buffer.from(digest, 'hex').entries()) {
      carry += (sum[index] ?? 0) + byte
      sum[index] = carry & 0xff
      carry >>= 8
    }
  }
  return sum.toString('hex')
}
