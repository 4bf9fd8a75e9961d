import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { titleStem } from '../../../src/core/series/title-stem.ts'

describe('the stem of a title', () => {
  it.each([
    ['net:  Fix\n leak', 'net fix leak'],
    ['[PATCH v2 0/3] net: fix leak', 'net fix leak'],
    ['Re: [PATCH] net: fix leak.', 'net fix leak'],
    ['net: fix leak (v2)', 'net fix leak'],
    ['NET: fix "leak"!', 'net fix leak'],
    ['use C++ not C#', 'use c++ not c#'],
    ['修复 泄漏', '修复 泄漏'],
    ['', ''],
  ])('of %j is %j', (name, stem) => {
    expect(titleStem(name)).toBe(stem)
  })

  it('is its own stem', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(titleStem(titleStem(name))).toBe(titleStem(name))
      }),
    )
    expect(titleStem(titleStem('[a] b: [c] d (v3)'))).toBe(titleStem('[a] b: [c] d (v3)'))
  })
})
