import { describe, expect, it } from 'vitest'
import { createLookout } from '../../src/app/lookout.ts'

const now = new Date('2026-01-01T12:00:00Z')
const before = new Date('2026-01-01T11:00:00Z')
const longBefore = new Date('2026-01-01T10:00:00Z')

describe('createLookout', () => {
  it('knows nothing before each source was read once', () => {
    const lookout = createLookout(['a', 'b'], () => now)
    lookout.noteRead('a', before)

    expect(lookout.readUntil()).toBeNull()
  })

  it('knows as much as the source that was read longest ago', () => {
    const lookout = createLookout(['a', 'b'], () => now)
    lookout.noteRead('a', longBefore)
    lookout.noteRead('b', longBefore)
    lookout.noteRead('a', before)

    expect(lookout.readUntil()).toEqual(longBefore)
  })

  it('has nothing to wait for where there are no sources', () => {
    expect(createLookout([], () => now).readUntil()).toEqual(now)
  })

  it('tells since when reading fails, until it succeeds', () => {
    let time = before
    const lookout = createLookout(['a', 'b'], () => time)
    lookout.noteFailure('a')
    time = now
    lookout.noteFailure('a')
    lookout.noteRead('b', before)

    expect(lookout.readings()).toEqual([
      { name: 'a', readAt: null, failingSince: before },
      { name: 'b', readAt: before, failingSince: null },
    ])
    lookout.noteRead('a', now)
    expect(lookout.readings()[0]).toEqual({ name: 'a', readAt: now, failingSince: null })
  })
})
