import { describe, expect, it } from 'vitest'
import { excerptOf } from '../../src/report/excerpt.ts'

function log(count: number): string {
  return Array.from({ length: count }, (_, n) => `line ${n + 1}`).join('\n')
}

describe('excerptOf', () => {
  it('shows all of a short log', () => {
    expect(excerptOf(log(3), { lines: 3, bytes: 100 })).toEqual(['line 1', 'line 2', 'line 3'])
  })

  it('leaves out the middle of a long one, and says how much', () => {
    expect(excerptOf(log(100), { lines: 8, bytes: 1000 })).toEqual([
      'line 1',
      'line 2',
      '[... 93 lines left out ...]',
      'line 96',
      'line 97',
      'line 98',
      'line 99',
      'line 100',
    ])
  })

  it('keeps to the bytes too', () => {
    const lines = excerptOf(`${'ö'.repeat(150)}\n`.repeat(40), { lines: 24, bytes: 2400 })

    expect(Buffer.byteLength(lines.join('\n'))).toBeLessThan(2500)
    expect(lines).toContain('[... 34 lines left out ...]')
  })

  it('shows nothing rather than only what is left out', () => {
    expect(excerptOf(log(100), { lines: 8, bytes: 2 })).toEqual([])
    expect(excerptOf(log(100), { lines: 8, bytes: -5 })).toEqual([])
  })
})
