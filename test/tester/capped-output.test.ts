import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCappedOutput } from '../../src/tester/capped-output.ts'

function textOf(maxBytes: number, chunks: readonly Uint8Array[]): string {
  const output = createCappedOutput(maxBytes)
  for (const chunk of chunks) {
    output.add(chunk)
  }
  return output.text()
}

describe('createCappedOutput', () => {
  it.each([
    [10, 'short', 'short'],
    [10, '0123456789', '0123456789'],
    [10, '0123456789A', '01234\n[1 bytes cut here]\n6789A'],
    [4, 'a\n1234\nb', 'a\n[4 bytes cut here]\n\nb'],
    [8, 'aaaüüüaaa', 'aaa\n[6 bytes cut here]\naaa'],
    [0, 'abc', '[3 bytes cut here]\n'],
  ])('keeps of %d bytes of %j: %j', (maxBytes, text, expected) => {
    expect(textOf(maxBytes, [Buffer.from(text)])).toBe(expected)
  })

  it('does not hold on to the buffers it is given', () => {
    const chunk = Buffer.from('abc')
    const output = createCappedOutput(10)
    output.add(chunk)
    chunk.fill(0)

    expect(output.text()).toBe('abc')
  })

  it('gives the same however the output is divided, its beginning and end, and no more than its share', () => {
    const part = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: 0, max: 100 }), (chunks, maxBytes) => {
        const all = Buffer.concat(chunks)
        const text = textOf(maxBytes, chunks)
        const lossy = all.toString('utf8').replaceAll('\0', '\uFFFD')
        const isCut = all.length > maxBytes
        const [before = '', after = ''] = isCut
          ? text.split(/\n?\[\d+ bytes cut here\]\n/)
          : [text, text]
        expect(text).toBe(textOf(maxBytes, [all]))
        expect(/\[\d+ bytes cut here\]\n/.test(text)).toBe(isCut)
        expect(lossy.startsWith(before.replace(/\uFFFD+$/, ''))).toBe(true)
        expect(lossy.endsWith(after.replace(/^\uFFFD+/, ''))).toBe(true)
      }),
    )
  })

  it('cuts no character in two', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.nat(120),
        (given, maxBytes) => {
          const text = given.replaceAll('\uFFFD', '?').replaceAll('\0', '?')
          expect(textOf(maxBytes, [Buffer.from(text)])).not.toContain('\uFFFD')
        },
      ),
    )
  })
})
