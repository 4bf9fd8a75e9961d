import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate, deflateSync, type ZlibOptions } from 'node:zlib'
import type { Sha } from '../../core/ids.ts'
import { crc32 } from './crc32.ts'
import type { GitObject } from './object-encoding.ts'
import {
  buildIndex,
  headerBytes,
  maxEntryHeader,
  type Pack,
  type PackedObject,
  packHeader,
  requirePackSize,
  typeNumbers,
  writeEntryHeader,
} from './pack-format.ts'
import { storedLength, writeStored } from './zlib-stored.ts'

/** Smaller ones, nearly all trees and commits, are stored as they are: what zlib has to set up costs more than it saves. */
const smallestCompressed = 512

/** Smaller ones take less time than handing them to another thread does. */
const smallestAside = 32 * 1024

/** Zlib's usual one takes a third longer to make mails 4 % smaller. */
const level = 2

/**
 * So many are packed at once, which is 32 mails with their trees and commits. The threads of zlib may be given as many, each of
 * which takes a quarter of a megabyte meanwhile.
 */
const packedAtOnce = 96

/**
 * Packs objects without deltas, each once, in the format of gitformat-pack(5): pack version 2, index version 2. They are
 * taken a few at a time, and none is kept. Throws RangeError above 2 GiB.
 */
export async function buildPack(objects: Iterable<GitObject>): Promise<Pack> {
  const bodies: Uint8Array[] = []
  const packed: PackedObject[] = []
  let offset = headerBytes
  for (const group of groupsOf(objects)) {
    const piece = await packGroup(group, offset, packed)
    bodies.push(piece)
    offset += piece.length
    await setImmediate()
  }
  requirePackSize(offset)
  const pieces = [packHeader(packed.length), ...bodies]
  const checksum = createHash('sha1')
  for (const piece of pieces) {
    checksum.update(piece)
  }
  const trailer = checksum.digest()
  pieces.push(trailer)
  return { name: trailer.toString('hex'), pieces, index: buildIndex(packed, trailer) }
}

/** Some at a time of those that differ. */
function* groupsOf(objects: Iterable<GitObject>): Generator<readonly GitObject[]> {
  const known = new Set<Sha>()
  let group: GitObject[] = []
  for (const object of objects) {
    if (known.has(object.sha)) {
      continue
    }
    known.add(object.sha)
    group.push(object)
    if (group.length >= packedAtOnce) {
      yield group
      group = []
    }
  }
  if (group.length > 0) {
    yield group
  }
}

/** The entries of some objects in one piece, which begins at `offset` of the pack; adds them to `packed`. */
async function packGroup(
  objects: readonly GitObject[],
  offset: number,
  packed: PackedObject[],
): Promise<Uint8Array> {
  const large = await compressedAside(objects)
  const bodies = objects.map(({ sha, content }) => large.get(sha) ?? compressed(content))
  const size = objects.reduce(
    (sum, { content }, index) =>
      sum + maxEntryHeader + (bodies[index]?.length ?? storedLength(content.length)),
    0,
  )
  const bytes = Buffer.allocUnsafe(size)
  let end = 0
  for (const [index, { sha, type, content }] of objects.entries()) {
    const start = end
    const body = bodies[index] ?? null
    end = writeEntryHeader(bytes, end, typeNumbers[type], content.length)
    if (body === null) {
      end = writeStored(bytes, end, content)
    } else {
      bytes.set(body, end)
      end += body.length
    }
    packed.push({ sha, crc: crc32(bytes.subarray(start, end)), offset: offset + start })
  }
  return bytes.subarray(0, end)
}

const deflateAside = promisify<Uint8Array, ZlibOptions, Buffer>(deflate)

/** Zlib streams of the large ones, each made by another thread. */
async function compressedAside(
  objects: readonly GitObject[],
): Promise<ReadonlyMap<Sha, Uint8Array>> {
  const large = objects.filter(({ content }) => content.length >= smallestAside)
  return new Map(
    await Promise.all(
      large.map(async ({ sha, content }) => [sha, await deflateAside(content, { level })] as const),
    ),
  )
}

/** A zlib stream; null for what is to be stored as it is. */
function compressed(content: Uint8Array): Uint8Array | null {
  return content.length < smallestCompressed
    ? null
    : deflateSync(content, { level, ...windowFor(content.length), chunkSize: content.length + 64 })
}

/**
 * A window and a hash table (RFC 1950) that such content can fill and no larger: setting up zlib's usual quarter of a
 * megabyte costs four times what compressing a mail does, and makes it no smaller.
 */
function windowFor(bytes: number): Pick<ZlibOptions, 'windowBits' | 'memLevel'> {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(bytes + 1))))
  return { windowBits, memLevel: Math.min(8, windowBits - 6) }
}
