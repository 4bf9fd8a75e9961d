import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText, toJson } from '../../src/core/clean-json.ts'
import { canonicalJson, indexKey } from '../../src/store/text.ts'

const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((n) => String.fromCharCode(n)),
})

describe('cleanText', () => {
  it.each([
    ['plain', 'plain'],
    ['a\0b', 'a\ufffdb'],
    ['\ud83d\udea2', '🚢'],
    ['\ud83d', '\ufffd'],
    ['\udea2\ud83d', '\ufffd\ufffd'],
    ['', ''],
  ])('makes %j into %j', (text, expected) => {
    expect(cleanText(text)).toBe(expected)
  })

  it('gives text that PostgreSQL takes, as long as before, and changes it no more', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const clean = cleanText(text)
        expect(clean).not.toContain('\0')
        expect(Buffer.from(clean, 'utf8').toString('utf8')).toBe(clean)
        expect(clean).toHaveLength(text.length)
        expect(cleanText(clean)).toBe(clean)
      }),
    )
  })
})

describe('toJson', () => {
  it('keeps a value whose text is clean', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const clean = JSON.parse(JSON.stringify(value).replaceAll('\\u0000', ' ')) as unknown
        expect(JSON.parse(toJson(clean))).toEqual(clean)
      }),
    )
  })

  it('cleans every string and key', () => {
    const json = toJson({ 'a\0': ['b\0', { c: '\ud800' }], d: '\\u0000', e: null, f: 1 })
    expect(json).not.toMatch(/(?<!\\)\\u/)
    expect(JSON.parse(json)).toEqual({
      'a\ufffd': ['b\ufffd', { c: '\ufffd' }],
      d: '\\u0000',
      e: null,
      f: 1,
    })
  })
})

describe('indexKey', () => {
  it('is the text itself while that is short', () => {
    expect(indexKey('a@b')).toBe('a@b')
    expect(indexKey('x'.repeat(500))).toBe('x'.repeat(500))
  })

  it('is a hash of what is longer, or looks like a hash', () => {
    expect(indexKey('x'.repeat(501))).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(indexKey('é'.repeat(251))).toMatch(/^sha256:[0-9a-f]{64}$/)
    const hash = indexKey('x'.repeat(501))
    expect(indexKey(hash)).not.toBe(hash)
  })

  it('tells different texts apart', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.nat(600), (a, b, length) => {
        const [left, right] = [`${'x'.repeat(length)}${a}`, `${'x'.repeat(length)}${b}`]
        expect(indexKey(left) === indexKey(right)).toBe(cleanText(a) === cleanText(b))
        expect(Buffer.byteLength(indexKey(left))).toBeLessThanOrEqual(500)
      }),
    )
  })
})

describe('canonicalJson', () => {
  it('does not depend on the order of keys, but on that of items', () => {
    expect(canonicalJson({ b: [1, { d: 2, c: 3 }], a: null })).toBe(
      canonicalJson({ a: null, b: [1, { c: 3, d: 2 }] }),
    )
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
  })
})
