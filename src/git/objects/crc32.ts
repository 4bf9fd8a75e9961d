import * as zlib from 'node:zlib'

const polynomial = 0xedb88320

/** What each byte does to the checksum. */
const byteSums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit += 1) {
    sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ polynomial
  }
  return sum
})

/** CRC-32 as in RFC 1952, section 8. */
export function crc32ByTable(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum = (sum >>> 8) ^ (byteSums[(sum ^ byte) & 0xff] ?? 0)
  }
  return ~sum >>> 0
}

const ofNode: ((bytes: Uint8Array) => number) | undefined = zlib.crc32

/** CRC-32 of an entry of a pack (gitformat-pack(5)). Node 22 has its own, which is quicker, from 22.2 on. */
export const crc32: (bytes: Uint8Array) => number = ofNode ?? crc32ByTable
