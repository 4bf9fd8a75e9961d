import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { crc32, deflate, deflateSync, type ZlibOptions } from 'node:zlib'
import type { GitObject, ObjectType } from './object-encoding.ts'

/** A pack and its index, ready to be written. */
export interface Pack {
  /** Hex digest that both file names carry: `pack-<name>.pack`. */
  readonly name: string
  readonly pieces: readonly Uint8Array[]
  readonly index: Uint8Array
}

interface PackedObject {
  readonly sha: Buffer
  readonly crc: number
  readonly offset: number
}

const typeNumbers: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 }

/** Smaller ones, nearly all trees and commits, are stored as they are: what zlib has to set up costs more than it saves. */
const smallestCompressed = 512

/** Smaller ones take less time than handing them to another thread does. */
const smallestAside = 32 * 1024

/** The threads of zlib are given so many at once, each of which takes a quarter of a megabyte meanwhile. */
const compressedAtOnce = 32

/** An index with offsets of 31 bits ends here. */
const maxPackBytes = 2 ** 31

/**
 * Packs objects without deltas, each once, in the format of gitformat-pack(5): pack version 2, index version 2.
 * `level` is zlib's, its default where absent. Throws RangeError above 2 GiB.
 */
export async function buildPack(objects: readonly GitObject[], level?: number): Promise<Pack> {
  const unique = [...new Map(objects.map((object) => [object.sha, object])).values()]
  const pieces: Uint8Array[] = [packHeader(unique.length)]
  const packed: PackedObject[] = []
  const checksum = createHash('sha1').update(packHeader(unique.length))
  let offset = packHeader(unique.length).length
  for (let start = 0; start < unique.length; start += compressedAtOnce) {
    const group = unique.slice(start, start + compressedAtOnce)
    const bodies = await Promise.all(group.map(({ content }) => compressed(content, level)))
    for (const [index, object] of group.entries()) {
      const header = entryHeader(object)
      const body = bodies[index] ?? Buffer.of()
      packed.push({ sha: Buffer.from(object.sha, 'hex'), crc: crc32(body, crc32(header)), offset })
      pieces.push(header, body)
      checksum.update(header).update(body)
      offset += header.length + body.length
    }
    await setImmediate()
  }
  if (offset >= maxPackBytes) {
    throw new RangeError(`a pack of ${offset} bytes is more than one append can be`)
  }
  const trailer = checksum.digest()
  pieces.push(trailer)
  return { name: trailer.toString('hex'), pieces, index: buildIndex(packed, trailer) }
}

const deflateAside = promisify<Uint8Array, ZlibOptions, Buffer>(deflate)

async function compressed(content: Uint8Array, level: number | undefined): Promise<Uint8Array> {
  const options = level === undefined ? {} : { level }
  if (content.length < smallestCompressed) {
    return stored(content)
  }
  return content.length < smallestAside
    ? deflateSync(content, { ...options, ...windowFor(content.length) })
    : await deflateAside(content, options)
}

/**
 * A window and a hash table (RFC 1950) that such content can fill and no larger: setting up zlib's usual quarter of a
 * megabyte costs four times what compressing a mail does, and makes it no smaller.
 */
function windowFor(bytes: number): Pick<ZlibOptions, 'windowBits' | 'memLevel'> {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(bytes + 1))))
  return { windowBits, memLevel: Math.min(8, windowBits - 6) }
}

/** A zlib stream (RFC 1950) of one stored block (RFC 1951), for at most 5,552 bytes. */
function stored(content: Uint8Array): Uint8Array {
  const stream = Buffer.alloc(content.length + 11)
  stream.writeUInt16BE(0x7801, 0)
  stream.writeUInt8(1, 2)
  stream.writeUInt16LE(content.length, 3)
  stream.writeUInt16LE(0xffff - content.length, 5)
  stream.set(content, 7)
  let low = 1
  let high = 0
  for (const byte of content) {
    low += byte
    high += low
  }
  stream.writeUInt32BE((high % 65521) * 65536 + (low % 65521), content.length + 7)
  return stream
}

function packHeader(count: number): Buffer {
  const header = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1')
  header.writeUInt32BE(count, 8)
  return header
}

/** Type and size: four bits of the size in the first byte, seven in each that follows. */
function entryHeader(object: GitObject): Buffer {
  const bytes: number[] = []
  let rest = Math.floor(object.content.length / 16)
  let byte = typeNumbers[object.type] * 16 + (object.content.length % 16)
  while (rest > 0) {
    bytes.push(byte + 128)
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  bytes.push(byte)
  return Buffer.from(bytes)
}

function buildIndex(packed: readonly PackedObject[], packChecksum: Buffer): Buffer {
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
