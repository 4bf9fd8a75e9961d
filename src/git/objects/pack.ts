import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { crc32, deflate, deflateSync, type ZlibOptions } from 'node:zlib'
import type { GitObject } from './object-encoding.ts'
import {
  buildIndex,
  entryHeader,
  type Pack,
  type PackedObject,
  packHeader,
  requirePackSize,
  typeNumbers,
} from './pack-format.ts'
import { storedLength, writeStored } from './zlib-stored.ts'

/** Smaller ones, nearly all trees and commits, are stored as they are: what zlib has to set up costs more than it saves. */
const smallestCompressed = 512

/** Smaller ones take less time than handing them to another thread does. */
const smallestAside = 32 * 1024

/** Zlib's usual one takes a third longer to make mails 4 % smaller. */
const level = 2

/** The threads of zlib are given so many at once, each of which takes a quarter of a megabyte meanwhile. */
const compressedAtOnce = 32

/**
 * Packs objects without deltas, each once, in the format of gitformat-pack(5): pack version 2, index version 2.
 * Throws RangeError above 2 GiB.
 */
export async function buildPack(objects: readonly GitObject[]): Promise<Pack> {
  const unique = [...new Map(objects.map((object) => [object.sha, object])).values()]
  const pieces: Uint8Array[] = [packHeader(unique.length)]
  const packed: PackedObject[] = []
  const checksum = createHash('sha1').update(packHeader(unique.length))
  let offset = packHeader(unique.length).length
  for (let start = 0; start < unique.length; start += compressedAtOnce) {
    const group = unique.slice(start, start + compressedAtOnce)
    const bodies = await Promise.all(group.map(({ content }) => compressed(content)))
    for (const [index, object] of group.entries()) {
      const header = entryHeader(typeNumbers[object.type], object.content.length)
      const body = bodies[index] ?? Buffer.of()
      packed.push({ sha: Buffer.from(object.sha, 'hex'), crc: crc32(body, crc32(header)), offset })
      pieces.push(header, body)
      checksum.update(header).update(body)
      offset += header.length + body.length
    }
    await setImmediate()
  }
  requirePackSize(offset)
  const trailer = checksum.digest()
  pieces.push(trailer)
  return { name: trailer.toString('hex'), pieces, index: buildIndex(packed, trailer) }
}

const deflateAside = promisify<Uint8Array, Buffer>(deflate)

async function compressed(content: Uint8Array): Promise<Uint8Array> {
  if (content.length < smallestCompressed) {
    const stream = Buffer.allocUnsafe(storedLength(content.length))
    writeStored(stream, 0, content)
    return stream
  }
  return content.length < smallestAside
    ? deflateSync(content, { level, ...windowFor(content.length), chunkSize: content.length + 64 })
    : await deflateAside(content)
}

/**
 * A window and a hash table (RFC 1950) that such content can fill and no larger: setting up zlib's usual quarter of a
 * megabyte costs four times what compressing a mail does, and makes it no smaller.
 */
function windowFor(bytes: number): Pick<ZlibOptions, 'windowBits' | 'memLevel'> {
  const windowBits = Math.min(15, Math.max(9, Math.ceil(Math.log2(bytes + 1))))
  return { windowBits, memLevel: Math.min(8, windowBits - 6) }
}
