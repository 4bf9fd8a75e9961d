import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isMarkedWith,
  isSameText,
  markerKey,
  maxMarkerLength,
  withMarker,
} from '../../src/forge/marker.ts'

const anyText = fc.string({ unit: 'binary', maxLength: 300 })

describe('the hidden marker', () => {
  it('is a comment in the last line', () => {
    expect(withMarker('It is red.\n', 'verdict')).toBe(
      'It is red.\n\n<!-- patchferry key=verdict -->',
    )
    expect(withMarker('', 'verdict')).toBe('<!-- patchferry key=verdict -->')
  })

  it('is found again by its key and no other, whatever text and key are', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (text, key, other) => {
        const marked = withMarker(text, key)
        expect(isMarkedWith(marked, key)).toBe(true)
        expect(isMarkedWith(marked, other)).toBe(key === other)
      }),
    )
  })

  it('takes a bounded number of characters on one line that ends no comment early', () => {
    fc.assert(
      fc.property(anyText, (key) => {
        const marker = withMarker('', key)
        expect(withMarker('x', key).length - 1).toBeLessThanOrEqual(maxMarkerLength)
        expect(marker).not.toContain('\n')
        expect(marker.slice(4, -3)).not.toMatch(/--|[<>]/)
      }),
    )
  })

  it.each(['mail <a--b@x>', 'a --> b', 'a=b "c"', 'ü/%2F', 'range-diff-v1:0123'])(
    'gives the key %j back',
    (key) => {
      expect(markerKey(withMarker('text', key))).toBe(key)
    },
  )

  it('gives a digest for a key that is too long', () => {
    const key = 'k'.repeat(201)
    expect(markerKey(withMarker('text', key))).toMatch(/^%-[0-9a-f]{64}$/)
    expect(isMarkedWith(withMarker('text', key), key)).toBe(true)
  })

  it.each([
    ['in the middle', '<!-- patchferry key=verdict -->\nbelow'],
    ['quoted', '> <!-- patchferry key=verdict -->'],
    ['behind text of the same line', 'see <!-- patchferry key=verdict -->'],
    ['in front of another one', '<!-- patchferry key=verdict -->\n\n<!-- patchferry key=mail -->'],
    ['of another program', '<!-- patchbot key=verdict -->'],
    ['absent', ''],
  ])('is not believed %s', (_where, text) => {
    expect(isMarkedWith(text, 'verdict')).toBe(false)
  })

  it('survives the line ends and blanks that a forge makes of it', () => {
    expect(isMarkedWith('text\r\n\r\n<!-- patchferry key=verdict -->\r\n ', 'verdict')).toBe(true)
    expect(isSameText('a\r\nb\r\n', 'a\nb')).toBe(true)
    expect(isSameText(null, '')).toBe(true)
    expect(isSameText('a b', 'a  b')).toBe(false)
  })
})
