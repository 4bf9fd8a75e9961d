import { describe, expect, it } from 'vitest'
import { readPatchPairs } from '../../../src/core/patch/patch-pair.ts'

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
const none = '-'.repeat(40)

describe('the lines of git range-diff', () => {
  it('are one entry for each patch, in their order', () => {
    const output = [
      ` 1:  ${a} =  1:  ${b} same`,
      ` 2:  ${a} ! 10:  ${b} changed: and "moved"`,
      ` 3:  ${a} <  -:  ${none} gone`,
      ` -:  ${none} >  2:  ${b} `,
      '',
    ].join('\n')

    expect(readPatchPairs(output)).toEqual([
      { before: 1, beforeSha: a, after: 1, afterSha: b, status: '=', subject: 'same' },
      {
        before: 2,
        beforeSha: a,
        after: 10,
        afterSha: b,
        status: '!',
        subject: 'changed: and "moved"',
      },
      { before: 3, beforeSha: a, after: null, afterSha: null, status: '<', subject: 'gone' },
      { before: null, beforeSha: null, after: 2, afterSha: b, status: '>', subject: '' },
    ])
  })

  it('may be none', () => {
    expect(readPatchPairs('')).toEqual([])
  })
})
