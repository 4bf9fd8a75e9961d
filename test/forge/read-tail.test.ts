import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTail } from '../../src/forge/read-tail.ts'

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size)
  }
}

async function tailOf(text: string, maxBytes: number, size = 7): ReturnType<typeof readTail> {
  return readTail(inChunks(Buffer.from(text), size), maxBytes)
}

describe('the end of a log', () => {
  it('is all of it where there is room', async () => {
    expect(await tailOf('\ufeffone\ntwo\n', 100)).toEqual({ text: 'one\ntwo\n', isCut: false })
    expect(await tailOf('', 100)).toEqual({ text: '', isCut: false })
  })

  it('begins with a whole line', async () => {
    expect(await tailOf('one\ntwo\nthree\n', 10)).toEqual({ text: 'three\n', isCut: true })
  })

  it('begins with a whole character where a line is too long', async () => {
    expect(await tailOf('\u00fc'.repeat(20), 7)).toEqual({
      text: '\u00fc\u00fc\u00fc',
      isCut: true,
    })
  })

  it('is the same however the bytes come, within the limit, and the end', async () => {
    const anyLines = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }))
    await fc.assert(
      fc.asyncProperty(
        anyLines,
        fc.nat(200),
        fc.integer({ min: 1, max: 50 }),
        async (lines, maxBytes, size) => {
          const text = lines.join('\n').replaceAll('\ufeff', '')
          const tail = await tailOf(text, maxBytes, size)
          expect(tail).toEqual(await tailOf(text, maxBytes, 1_000_000))
          expect(text.endsWith(tail.text)).toBe(true)
          expect(Buffer.byteLength(tail.text)).toBeLessThanOrEqual(maxBytes)
          expect(tail.isCut).toBe(Buffer.byteLength(text) > maxBytes)
        },
      ),
    )
  })
})
