import { createHash } from 'node:crypto'
import type { Sha } from '../../core/ids.ts'
import { crc32 } from './crc32.ts'
import { makeDelta } from './delta.ts'
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

/** Readers go through as many deltas for one object. */
const longestChain = 40

const trailerBytes = 20

interface Entry {
  readonly object: GitObject
  /** Position among the entries of what `body` is a delta to; null where it is the whole content. */
  readonly basis: number | null
  readonly body: Uint8Array
}

/**
 * Packs objects, each once, as fast as can be and not small: what has a basis among the objects before it becomes a delta,
 * all else is stored as it is. Meant to be packed anew later. Throws RangeError above 2 GiB.
 */
export function buildQuickPack(objects: readonly GitObject[]): Pack {
  const entries = entriesOf(objects)
  const size = entries.reduce((sum, { body }) => sum + maxHeader + storedLength(body.length), 0)
  requirePackSize(size)
  const header = packHeader(entries.length)
  const bytes = Buffer.allocUnsafe(header.length + size + trailerBytes)
  let end = header.copy(bytes)
  const start = end
  const offsets: number[] = []
  const packed: PackedObject[] = []
  for (const { object, basis, body } of entries) {
    const offset = end
    if (basis === null) {
      end = writeEntryHeader(bytes, end, typeNumbers[object.type], body.length)
    } else {
      end = writeEntryHeader(bytes, end, typeNumbers['offset-delta'], body.length)
      end += distanceTo(offset - (offsets[basis] ?? start)).copy(bytes, end)
    }
    end = writeStored(bytes, end, body)
    offsets.push(offset)
    packed.push({ sha: object.sha, crc: crc32(bytes.subarray(offset, end)), offset })
  }
  const checksum = createHash('sha1').update(bytes.subarray(0, end)).digest()
  end += checksum.copy(bytes, end)
  return {
    name: checksum.toString('hex'),
    pieces: [bytes.subarray(0, end)],
    index: buildIndex(packed, checksum),
  }
}

function entriesOf(objects: readonly GitObject[]): readonly Entry[] {
  const entries: Entry[] = []
  const known = new Map<Sha, { readonly position: number; readonly chain: number }>()
  for (const object of objects) {
    if (known.has(object.sha)) {
      continue
    }
    const basis = object.basis === null ? undefined : known.get(object.basis)
    const old = basis === undefined ? undefined : entries[basis.position]?.object
    const isShort = (basis?.chain ?? 0) < longestChain
    const delta = old !== undefined && isShort ? makeDelta(old.content, object.content) : null
    const [chain, from] =
      basis === undefined || delta === null ? [0, null] : [basis.chain + 1, basis.position]
    known.set(object.sha, { position: entries.length, chain })
    entries.push({ object, basis: from, body: delta ?? object.content })
  }
  return entries
}

/** Type and size, and how far back a basis begins: at most as many bytes again. */
const maxHeader = 2 * maxEntryHeader

/** Highest bits first; every byte but the last counts for one more than it says. */
function distanceTo(distance: number): Buffer {
  const bytes = [distance % 0x80]
  for (let rest = Math.floor(distance / 0x80) - 1; rest >= 0; rest = Math.floor(rest / 0x80) - 1) {
    bytes.unshift(0x80 + (rest % 0x80))
  }
  return Buffer.from(bytes)
}
