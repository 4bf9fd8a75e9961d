import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { isSeparator } from '../parse/split-mbox.ts'

/** How far an mbox file was read, and by what it is known again. */
export interface MboxMark {
  /** Where the last mail that was given out begins and ends. */
  readonly start: number
  readonly end: number
  /** sha256 of the first bytes of that mail. */
  readonly digest: string
}

/**
 * Where to read on. `rewritten`: the file no longer holds what was read, so it begins anew. `grown`: what had
 * been taken for the end of the last mail was none. `undecided`: the next line is not written to its end.
 */
export type Resumption =
  | { readonly outcome: 'here' | 'grown'; readonly offset: number }
  | { readonly outcome: 'rewritten' }
  | { readonly outcome: 'undecided' }

const digestedBytes = 1024

/** Longest separator line that is waited for. */
const lineBytes = 64 * 1024

export function encodeMark({ start, end, digest }: MboxMark): string {
  return `mbox ${start} ${end} ${digest}`
}

/** Null for the cursor of another kind of source. */
export function decodeMark(cursor: string): MboxMark | null {
  const [, start, end, digest] = /^mbox (\d+) (\d+) ([0-9a-f]{64})$/.exec(cursor) ?? []
  return digest === undefined ? null : { start: Number(start), end: Number(end), digest }
}

export async function markOf(file: FileHandle, start: number, end: number): Promise<MboxMark> {
  const head = await bytesAt(file, start, Math.min(digestedBytes, end - start))
  return { start, end, digest: createHash('sha256').update(head).digest('hex') }
}

/** Compares the file with what was read of it. */
export async function resume(file: FileHandle, mark: MboxMark): Promise<Resumption> {
  const { size } = await file.stat()
  if (size < mark.end || (await markOf(file, mark.start, mark.end)).digest !== mark.digest) {
    return { outcome: 'rewritten' }
  }
  const tail = await bytesAt(file, mark.end, lineBytes)
  const text = tail.toString('latin1').replace(/^[ \t\r\n]+/, '')
  if (text === '') {
    return { outcome: 'here', offset: mark.end }
  }
  const line = /^[^\n]*\n/.exec(text)?.[0]
  if (line === undefined && text.length < lineBytes && couldBeSeparator(text)) {
    return { outcome: 'undecided' }
  }
  const separates =
    isSeparator(Buffer.from(line ?? text, 'latin1')) ||
    (text.startsWith('From ') && !(await hasStrictSeparator(file, mark.start)))
  return separates
    ? { outcome: 'here', offset: mark.end }
    : { outcome: 'grown', offset: mark.start }
}

function couldBeSeparator(text: string): boolean {
  return text.startsWith('From ') || 'From '.startsWith(text)
}

/** Whether the mail at `start` has a separator with a time, as `splitMbox` then wants of all others. */
async function hasStrictSeparator(file: FileHandle, start: number): Promise<boolean> {
  const head = await bytesAt(file, start, lineBytes)
  const end = head.indexOf(0x0a)
  return isSeparator(head.subarray(0, end === -1 ? head.length : end + 1))
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, position)
  return bytes.subarray(0, bytesRead)
}
