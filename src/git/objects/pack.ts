import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate, deflateSync, type ZlibOptions } from 'node:zlib'
import { crc32 } from './crc32.ts'
import type { GitObject } from './object-encoding.ts'
import {
  buildIndex,
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

/** The threads of zlib may be given so many at once, each of which takes a quarter of a megabyte meanwhile. */
const packedAtOnce = 32

/**
 * Packs objects without deltas, each once, in the format of gitformat-pack(5): pack version 2, index version 2.
 * Throws RangeError above 2 GiB.
 */
export async function buildPack(objects: readonly GitObject[]): Promise<Pack> {
  const unique = [...new Map(objects.map((object) => [object.sha, object])).values()]
  const header = packHeader(unique.length)
  const pieces: Uint8Array[] = [header]
  const packed: PackedObject[] = []
  const checksum = createHash('sha1').update(header)
  let offset = header.length
  for (let start = 0; start < unique.length; start += packedAtOnce) {
    const { piece, entries } = await packGroup(unique.slice(start, start + packedAtOnce), offset)
    packed.push(...entries)
    pieces.push(piece)
    checksum.update(piece)
    offset += piece.length
    await setImmediate()
  }
  requirePackSize(offset)
  const trailer = checksum.digest()
  pieces.push(trailer)
  return { name: trailer.toString('hex'), pieces, index: buildIndex(packed, trailer) }
}

/** The entries of some objects in one piece, which begins at `offset` of the pack. */
async function packGroup(
  objects: readonly GitObject[],
  offset: number,
): Promise<{ readonly piece: Uint8Array; readonly entries: readonly PackedObject[] }> {
  const bodies = await Promise.all(objects.map(({ content }) => compressed(content)))
  const size = objects.reduce(
    (sum, { content }, index) =>
      sum + maxEntryHeader + (bodies[index]?.length ?? storedLength(content.length)),
    0,
  )
  const bytes = Buffer.allocUnsafe(size)
  let end = 0
  const entries = objects.map(({ sha, type, content }, index) => {
    const start = end
    const body = bodies[index] ?? null
    end = writeEntryHeader(bytes, end, typeNumbers[type], content.length)
    if (body === null) {
      end = writeStored(bytes, end, content)
    } else {
      bytes.set(body, end)
      end += body.length
    }
    const crc = crc32(bytes.subarray(start, end))
    return { sha: Buffer.from(sha, 'hex'), crc, offset: offset + start }
  })
  return { piece: bytes.subarray(0, end), entries }
}

const deflateAside = promisify<Uint8Array, ZlibOptions, Buffer>(deflate)

/** A zlib stream; null for what is to be stored as it is. */
async function compressed(content: Uint8Array): Promise<Uint8Array | null> {
  if (content.length < smallestCompressed) {
    return null
  }
  return content.length < smallestAside
    ? deflateSync(content, { level, ...windowFor(content.length), chunkSize: content.length + 64 })
    : await deflateAside(content, { level })
}

/**
 * A window and a hash table (RFC 1950) that such content can fill and no larger: setting up zlib's usual quarter of a
 * megabyte costs four times what compressing a mail does, and makes it no smaller.
 */
function windowFor(bytes: number): Pick<ZlibOptions, 'windowBits' | 'memLevel'> {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(bytes + 1))))
  return { windowBits, memLevel: Math.min(8, windowBits - 6) }
}
