import { createHash } from 'node:crypto'
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
  readonly sha: Buffer
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

export function packHeader(count: number): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  header.writeUInt32BE(count, 8)
  return header
}

/** Type and size: four bits of the size in the first byte, seven in each that follows. */
export function entryHeader(typeNumber: number, size: number): Buffer {
  const bytes: number[] = []
  let rest = Math.floor(size / 16)
  let byte = typeNumber * 16 + (size % 16)
  while (rest > 0) {
    bytes.push(byte + 128)
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  bytes.push(byte)
  return Buffer.from(bytes)
}

/** Index version 2. */
export function buildIndex(packed: readonly PackedObject[], packChecksum: Buffer): Buffer {
  const sorted = packed.toSorted((a, b) => Buffer.compare(a.sha, b.sha))
  const fanout = Buffer.alloc(256 * 4)
  const crcs = Buffer.alloc(sorted.length * 4)
  const offsets = Buffer.alloc(sorted.length * 4)
  const counts = new Uint32Array(256)
  for (const [position, { sha, crc, offset }] of sorted.entries()) {
    crcs.writeUInt32BE(crc, position * 4)
    offsets.writeUInt32BE(offset, position * 4)
    const first = sha[0] ?? 0
    counts[first] = (counts[first] ?? 0) + 1
  }
  let total = 0
  for (const [first, count] of counts.entries()) {
    total += count
    fanout.writeUInt32BE(total, first * 4)
  }
  const index = Buffer.concat([
    Buffer.from('\xfftOc\0\0\0\x02', 'latin1'),
    fanout,
    ...sorted.map(({ sha }) => sha),
    crcs,
    offsets,
    packChecksum,
  ])
  return Buffer.concat([index, createHash('sha1').update(index).digest()])
}
