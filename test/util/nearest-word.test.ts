import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearestWord } from '../../src/util/nearest-word.ts'

describe('nearestWord', () => {
  const keys = ['address', 'listId', 'name', 'sources', 'settle']

  it.each([
    ['adress', 'address'],
    ['listid', 'listId'],
    ['nmae', 'name'],
    ['source', 'sources'],
    ['setlte', 'settle'],
    ['colour', null],
    ['', null],
  ])('takes %j to mean %j', (word, expected) => {
    expect(nearestWord(word, keys)).toBe(expected)
  })
})

describe('editDistance', () => {
  it('is zero for equal words, symmetric, and at most the length of the longer', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, b) === 0).toBe(a === b)
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
      }),
    )
  })
})
