import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Awaited, nextLook } from '../../../src/core/checks/poll-plan.ts'

const since = new Date('2026-11-21T10:00:00Z')

function minutes(count: number): Date {
  return new Date(since.getTime() + count * 60_000)
}

function plan(changes: Partial<Awaited> = {}): Awaited {
  return { since, lookedAt: null, dueAt: null, typicalMs: null, until: null, ...changes }
}

/** Minutes of all looks until `count` hours are over. */
function looks(hours: number, changes: Partial<Awaited> = {}): readonly number[] {
  const found: number[] = []
  for (let lookedAt: Date | null = null; ; ) {
    lookedAt = nextLook(plan({ ...changes, lookedAt }))
    const minute = (lookedAt.getTime() - since.getTime()) / 60_000
    if (minute > hours * 60) {
      return found
    }
    found.push(minute)
  }
}

describe('nextLook', () => {
  it('asks ever more rarely', () => {
    expect(looks(1.5)).toEqual([2, 7, 17, 37, 57, 77])
    expect(looks(30).length).toBeLessThan(48)
    expect(looks(30).slice(-2)).toEqual([1697, 1757])
  })

  it('asks first when checks are usually done', () => {
    expect(looks(1, { typicalMs: 12 * 60_000 })).toEqual([12, 17, 27, 47])
    expect(looks(1, { typicalMs: 1000 })[0]).toBe(2)
    expect(looks(1, { typicalMs: 5 * 3_600_000 })[0]).toBe(30)
  })

  it('asks when a hint says so, sooner or later than planned', () => {
    expect(nextLook(plan({ dueAt: minutes(1) }))).toEqual(minutes(1))
    expect(nextLook(plan({ dueAt: minutes(30) }))).toEqual(minutes(30))
  })

  it('asks last at the end of the wait', () => {
    expect(nextLook(plan({ lookedAt: minutes(37), until: minutes(45) }))).toEqual(minutes(45))
    expect(nextLook(plan({ dueAt: minutes(50), until: minutes(45) }))).toEqual(minutes(45))
  })

  it('always lies after the last look, and is found at once however long ago that was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (agoMs) => {
        const lookedAt = new Date(since.getTime() + agoMs)
        const next = nextLook(plan({ lookedAt })).getTime() - lookedAt.getTime()
        expect(next).toBeGreaterThan(0)
        expect(next).toBeLessThanOrEqual(3_600_000)
      }),
    )
  })
})
