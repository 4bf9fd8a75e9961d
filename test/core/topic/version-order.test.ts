import { describe, expect, it } from 'vitest'
import { isNewer } from '../../../src/core/topic/version-order.ts'

describe('isNewer', () => {
  it.each([
    ['2', '1', true],
    ['10', '9', true],
    ['5.1', '5', true],
    ['5.10', '5.9', true],
    ['6', '5.1', true],
    ['1', '1', false],
    ['5', '5.1', false],
  ])('%s after %s: %s', (a, b, expected) => {
    expect(isNewer(a, b)).toBe(expected)
  })
})
