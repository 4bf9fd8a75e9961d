import { createHash } from 'node:crypto'

/**
 * The patch-id of a diff, 40 hex digits, as the first line of `git patch-id --stable` (git 2.39) has it: white space
 * and line numbers do not count, nor does the order of the files. Null where git prints none: a diff without a
 * `diff` line. Text is hashed as UTF-8.
 */
export function patchId(diff: string | Uint8Array): string | null {
  const text = Buffer.from(diff).toString('latin1')
  for (let at = 0; at < text.length; ) {
    const { id, end } = nextPatchId(text, at)
    if (id !== null) {
      return id
    }
    at = end
  }
  return null
}

/** Lines of the hunk that are still to come; `before` below zero while the header of a file is read. */
interface Left {
  before: number
  after: number
}

/** One round of git's loop: the patch at or after `start`, and where the first line that is not of it ends. */
function nextPatchId(
  text: string,
  start: number,
): { readonly id: string | null; readonly end: number } {
  const sum = new Uint8Array(20)
  const left: Left = { before: -1, after: -1 }
  let pending = ''
  let isEmpty = true
  let blobs = ''
  let isBinary = false
  let at = start
  while (at < text.length) {
    const line = lineAt(text, at)
    at += line.length
    if (line.startsWith('\\ ') && line.length > 12) {
      continue
    }
    if (namesCommit(line)) {
      break
    }
    if (isEmpty && !line.startsWith('diff ')) {
      continue
    }
    if (left.before === -1) {
      if (line.startsWith('GIT binary patch') || line.startsWith('Binary files')) {
        isBinary = true
        left.before = 0
        addDigest(sum, pending + blobs)
        pending = ''
        continue
      }
      if (line.startsWith('index ')) {
        blobs = blobsOf(line) ?? blobs
        continue
      }
      if (line.startsWith('--- ')) {
        left.before = 1
        left.after = 1
      } else if (!/^[A-Za-z]/.test(line)) {
        break
      }
    }
    if (isBinary) {
      if (line.startsWith('diff ')) {
        isBinary = false
        left.before = -1
      }
      continue
    }
    if (left.before === 0 && left.after === 0) {
      if (line.startsWith('@@ -')) {
        readHunkHeader(line, left)
        continue
      }
      if (!line.startsWith('diff ')) {
        break
      }
      addDigest(sum, pending)
      pending = ''
      left.before = -1
      left.after = -1
    }
    const mark = line[0]
    left.before -= mark === '-' || mark === ' ' ? 1 : 0
    left.after -= mark === '+' || mark === ' ' ? 1 : 0
    const squeezed = upToNul(line).replace(/[ \t\n\r]+/g, '')
    isEmpty &&= squeezed === ''
    pending += squeezed
  }
  addDigest(sum, pending)
  return { id: isEmpty ? null : Buffer.from(sum).toString('hex'), end: at }
}

function lineAt(text: string, from: number): string {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.slice(from) : text.slice(from, at + 1)
}

function upToNul(line: string): string {
  const at = line.indexOf('\0')
  return at === -1 ? line : line.slice(0, at)
}

/** The line that `git log` or `format-patch` puts before a patch. */
function namesCommit(line: string): boolean {
  return /^[0-9A-Fa-fc]/.test(line) && /^(?:commit |From )?[0-9a-fA-F]{40}/.test(line)
}

/** Old and new name of an `index` line, one after the other. */
function blobsOf(line: string): string | null {
  const names = /^index (?<before>[^ .]*)\.\.(?<after>[^ \n]*)/.exec(line)?.groups
  return names === undefined ? null : `${names['before']}${names['after']}`
}

function readHunkHeader(line: string, left: Left): void {
  const counts = /^@@ -\d+(?:,(?<before>\d+))? \+\d+(?:,(?<after>\d+))?/.exec(line)?.groups
  if (counts !== undefined) {
    left.before = Number(counts['before'] ?? 1)
    left.after = Number(counts['after'] ?? 1)
  }
}

/** Adds the sha1 of `text` to the sum, byte by byte from the first, with carry. */
function addDigest(sum: Uint8Array, text: string): void {
  const digest = createHash('sha1').update(text, 'latin1').digest()
  let carry = 0
  for (const [index, byte] of digest.entries()) {
    carry += (sum[index] ?? 0) + byte
    sum[index] = carry & 0xff
    carry >>= 8
  }
}
