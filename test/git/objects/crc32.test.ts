import { crc32 as ofNode } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32, crc32ByTable } from '../../../src/git/objects/crc32.ts'

describe('the checksum of an entry of a pack', () => {
  it('is the one of zlib, where Node has none too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(crc32ByTable(bytes)).toBe(ofNode(bytes))
        expect(crc32(bytes)).toBe(ofNode(bytes))
      }),
    )
  })

  it('is that of RFC 1952 for the digits', () => {
    expect(crc32ByTable(Buffer.from('123456789'))).toBe(0xcbf43926)
  })
})
