import { describe, expect, it } from 'vitest'
import { logExcerpt } from '../../src/core/log-excerpt.ts'

function numbered(count: number, from = 1): readonly string[] {
  return Array.from({ length: count }, (_, index) => `line ${from + index}`)
}

describe('logExcerpt', () => {
  it('gives a short log whole', () => {
    expect(logExcerpt('one\r\ntwo\n\n', 100)).toBe('one\ntwo')
    expect(logExcerpt('', 100)).toBe('')
  })

  it('shows the lines around the first error, and the end', () => {
    const log = [...numbered(200), 'main.c:7: error: no such thing', ...numbered(200, 201)].join(
      '\n',
    )

    const excerpt = logExcerpt(log, 600)

    expect(excerpt).toContain('line 200\nmain.c:7: error: no such thing\nline 201')
    expect(excerpt.startsWith('[...]\n')).toBe(true)
    expect(excerpt.endsWith('line 400')).toBe(true)
    expect(excerpt.length).toBeLessThan(700)
  })

  it('shows the end alone where nothing tells of an error', () => {
    const excerpt = logExcerpt(numbered(500).join('\n'), 100)

    expect(excerpt.split('\n')[0]).toBe('[...]')
    expect(excerpt.endsWith('line 499\nline 500')).toBe(true)
  })

  it('keeps at least the last line, however long it is', () => {
    expect(logExcerpt(`x\n${'y'.repeat(500)}`, 100)).toContain('y'.repeat(500))
  })
})
