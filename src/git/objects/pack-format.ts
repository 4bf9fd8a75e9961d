import { hash } from 'node:crypto'
import type { Sha } from '../../core/ids.ts'
import type { ObjectType } from './object-encoding.ts'

/** A pack and its index, ready to be written. */
export interface Pack {
  /** Hex digest that both file names carry: `pack-<name>.pack`. */
  readonly name: string
  readonly pieces: readonly Uint8Array[]
  readonly index: Uint8Array
}

/** An entry of the index. */
export interface PackedObject {
  readonly sha: Sha
  readonly crc: number
  readonly offset: number
}

/** Types of entries; gitformat-pack(5). */
export const typeNumbers: Readonly<Record<ObjectType | 'offset-delta', number>> = {
  commit: 1,
  tree: 2,
  blob: 3,
  tag: 4,
  'offset-delta': 6,
}

/** An index with offsets of 31 bits ends here. */
const maxPackBytes = 2 ** 31

/** Throws RangeError above 2 GiB. */
export function requirePackSize(bytes: number): void {
  if (bytes >= maxPackBytes) {
    throw new RangeError(`a pack of ${bytes} bytes is more than one append can be`)
  }
}

export const headerBytes = 12

export function packHeader(count: number): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  header.writeUInt32BE(count, 8)
  return header
}

/** Type and size of at most 36 bits. */
export const maxEntryHeader = 6

/**
 * Writes type and size at `at` of `target` and gives the end: four bits of the size in the first byte, seven in each that
 * follows.
 */
export function writeEntryHeader(
  target: Buffer,
  at: number,
  typeNumber: number,
  size: number,
): number {
  let end = at
  let rest = Math.floor(size / 16)
  let byte = typeNumber * 16 + (size % 16)
  while (rest > 0) {
    end = target.writeUInt8(byte + 128, end)
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  return target.writeUInt8(byte, end)
}

const nameBytes = 20

/** Index version 2. */
export function buildIndex(packed: readonly PackedObject[], packChecksum: Buffer): Buffer {
  const sorted = packed.toSorted((a, b) => (a.sha < b.sha ? -1 : 1))
  const head = Buffer.from('\xfftOc\0\0\0\x02', 'latin1')
  const names = head.length + 256 * 4
  const crcs = names + sorted.length * nameBytes
  const offsets = crcs + sorted.length * 4
  const checksums = offsets + sorted.length * 4
  const index = Buffer.alloc(checksums + packChecksum.length + nameBytes)
  head.copy(index)
  const counts = new Uint32Array(256)
  for (const [position, { sha, crc, offset }] of sorted.entries()) {
    const name = names + position * nameBytes
    index.write(sha, name, 'hex')
    index.writeUInt32BE(crc, crcs + position * 4)
    index.writeUInt32BE(offset, offsets + position * 4)
    const first = index[name] ?? 0
    counts[first] = (counts[first] ?? 0) + 1
  }
  let total = 0
  for (const [first, count] of counts.entries()) {
    total += count
    index.writeUInt32BE(total, head.length + first * 4)
  }
  const end = checksums + packChecksum.copy(index, checksums)
  hash('sha1', index.subarray(0, end), 'buffer').copy(index, end)
  return index
}
