import { describe, expect, it } from 'vitest'
import { parseSize } from '../../src/util/parse-size.ts'

describe('parseSize', () => {
  it.each([
    ['64KB', 65_536],
    ['1 mb', 1_048_576],
    ['2GB', 2_147_483_648],
    ['100B', 100],
  ])('reads %j as %d bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected)
  })

  it.each(['', '64', '1.5MB', '-1B', '1TB', 'KB'])('takes %j for none', (text) => {
    expect(parseSize(text)).toBeNull()
  })
})
