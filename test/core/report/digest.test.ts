import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DigestPlan,
  digestDay,
  digestKey,
  nextDigestAt,
} from '../../../src/core/report/digest.ts'

const daily: DigestPlan = { every: 'day', at: 8 * 60, timeZone: 'Europe/Berlin', to: 'list' }
const weekly: DigestPlan = { ...daily, every: 'week' }

describe('a digest', () => {
  it.each<[string, DigestPlan, string, string, string]>([
    // Thursday.
    ['later today', daily, '2026-01-08T05:00:00Z', '2026-01-08T07:00:00.000Z', '2026-01-07'],
    ['tomorrow', daily, '2026-01-08T07:00:00Z', '2026-01-09T07:00:00.000Z', '2026-01-08'],
    ['by summer time', daily, '2026-07-08T06:30:00Z', '2026-07-09T06:00:00.000Z', '2026-07-08'],
    ['on Monday', weekly, '2026-01-08T05:00:00Z', '2026-01-12T07:00:00.000Z', '2026-01-05'],
    ['in a week', weekly, '2026-01-12T07:00:00Z', '2026-01-19T07:00:00.000Z', '2026-01-12'],
  ])('is due %s', (_when, plan, now, next, day) => {
    expect(nextDigestAt(new Date(now), plan).toISOString()).toBe(next)
    expect(digestDay(new Date(now), plan)).toBe(day)
  })

  it('has one day for every moment until the next is due', () => {
    const anyTime = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) })
    fc.assert(
      fc.property(
        anyTime,
        fc.integer({ min: 0, max: 1439 }),
        fc.constantFrom<DigestPlan['every']>('day', 'week'),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Chatham'),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (ms, at, every, timeZone, share) => {
          const plan: DigestPlan = { every, at, timeZone, to: 'list' }
          const due = nextDigestAt(new Date(ms), plan)
          const next = nextDigestAt(due, plan)
          const between = new Date(due.getTime() + share * (next.getTime() - due.getTime()))
          expect(digestDay(between, plan)).toBe(digestDay(due, plan))
          expect(digestDay(next, plan)).not.toBe(digestDay(due, plan))
        },
      ),
    )
  })

  it('has a key for each project, list and day', () => {
    const keys = [
      digestKey('a', 'b', '2026-01-08'),
      digestKey('a', 'c', '2026-01-08'),
      digestKey('b', 'b', '2026-01-08'),
      digestKey('a', 'b', '2026-01-09'),
    ]
    expect(new Set(keys).size).toBe(4)
    expect(keys[0]).toBe(digestKey('a', 'b', '2026-01-08'))
    expect(keys[0]).toMatch(/^digest-2026-01-08-[0-9a-f]{32}$/)
  })
})
