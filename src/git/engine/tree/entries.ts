import type { Sha } from '../../../core/ids.ts'

/** What a tree object says of one name. */
export interface TreeEntry {
  readonly mode: string
  readonly sha: Sha
}

/** Where in the bytes of a tree object an entry lies. */
export interface Place {
  readonly entry: TreeEntry
  readonly start: number
  readonly end: number
}

export const folderMode = '40000'

const [zero, one, four, blank, slash] = [0x30, 0x31, 0x34, 0x20, 0x2f]
const shaBytes = 20

/**
 * The entry of that name (byte string); null where there is none. Goes entry by entry: what looks like a name may be part of
 * a sha. A thousand names are gone through for every file of a patch, so that this is one loop over bytes.
 */
export function findPlace(bytes: Buffer, name: string): Place | null {
  const wanted = Buffer.from(name, 'latin1')
  for (let start = 0; start < bytes.length; ) {
    const nameStart = nameStartOf(bytes, start)
    let at = 0
    while (at < wanted.length && bytes[nameStart + at] === wanted[at]) {
      at += 1
    }
    const nameEnd = nameEndOf(bytes, nameStart + at)
    const end = nameEnd + 1 + shaBytes
    if (at === wanted.length && nameEnd === nameStart + at) {
      const mode = bytes.toString('latin1', start, nameStart - 1)
      return { entry: { mode, sha: bytes.toString('hex', nameEnd + 1, end) as Sha }, start, end }
    }
    start = end
  }
  return null
}

/** Where an entry of that name (byte string) has to be put in; folders sort as if their names ended in a slash. */
export function insertionPoint(bytes: Buffer, name: string, isFolder: boolean): number {
  const wanted = Buffer.from(isFolder ? `${name}/` : name, 'latin1')
  for (let start = 0; start < bytes.length; ) {
    const nameStart = nameStartOf(bytes, start)
    const nameEnd = nameEndOf(bytes, nameStart)
    // Only the mode of a folder begins with a 4.
    const last = bytes[start] === four ? slash : 0
    for (let at = 0; ; at += 1) {
      const here = nameStart + at < nameEnd ? (bytes[nameStart + at] ?? 0) : last
      const there = wanted[at] ?? 0
      if (there < here) {
        return start
      }
      if (there > here || nameStart + at >= nameEnd) {
        break
      }
    }
    start = nameEnd + 1 + shaBytes
  }
  return bytes.length
}

const knownModes = new Set([40000, 100644, 100755, 120000, 160000])

/** Whether git would write these bytes itself: old trees hold modes that it mends when it writes the folder again. */
export function isWellFormed(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; ) {
    const nameStart = nameStartOf(bytes, start)
    let mode = 0
    for (let at = start; at < nameStart - 1; at += 1) {
      mode = mode * 10 + (bytes[at] ?? 0) - zero
    }
    if ((bytes[start] !== one && bytes[start] !== four) || !knownModes.has(mode)) {
      return false
    }
    start = nameEndOf(bytes, nameStart) + 1 + shaBytes
  }
  return true
}

const longestMode = 7

function nameStartOf(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at] !== blank) {
    at += 1
    if (at > start + longestMode) {
      throw new TypeError('not a tree object')
    }
  }
  return at + 1
}

function nameEndOf(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] !== 0) {
    at += 1
    if (at >= bytes.length) {
      throw new TypeError('not a tree object')
    }
  }
  return at
}
