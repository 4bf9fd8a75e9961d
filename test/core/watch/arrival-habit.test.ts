import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Arrivals,
  silenceLimitMs,
  slotMs,
  slotOf,
} from '../../../src/core/watch/arrival-habit.ts'

const hour = 3_600_000
const day = 24 * hour
/** A Monday. */
const start = Date.parse('2026-03-02T00:00:00Z')

function arrivals(times: readonly number[]): Arrivals {
  const sorted = times.toSorted((a, b) => a - b)
  return {
    slots: [...new Set(sorted.map((at) => slotOf(new Date(at))))],
    lastAt: new Date(sorted.at(-1) ?? start),
  }
}

/** So many mails at each hour of a day that is a working day, or is not; in pairs, as if people answered each other. */
function life(days: number, at: (hourOfDay: number, isWorkingDay: boolean) => number): Arrivals {
  const times: number[] = []
  for (let one = 0; one < days; one += 1) {
    for (let hourOfDay = 0; hourOfDay < 24; hourOfDay += 1) {
      const count = at(hourOfDay, one % 7 < 5)
      for (let mail = 0; mail < count; mail += 1) {
        times.push(start + one * day + hourOfDay * hour + ((mail * 977) % 3600) * 1000)
      }
    }
  }
  return arrivals(times)
}

function limitHours(of: Arrivals): number | null {
  const limit = silenceLimitMs(of)
  return limit === null ? null : limit / hour
}

describe('silence is suspicious', () => {
  it('after hours for a list that gets 300 mails a day', () => {
    const busy = life(60, (at, isWorking) => (at > 6 && at < 21 ? 20 : 2) / (isWorking ? 1 : 4))
    // The last mail came on a Thursday evening.
    expect(limitHours(busy)).toBeGreaterThanOrEqual(2)
    expect(limitHours(busy)).toBeLessThanOrEqual(14)
  })

  it('after weeks for a list that gets two mails a week', () => {
    const days = [0, 3, 8, 10, 15, 17, 21, 25, 29, 31, 35, 39, 44, 46, 50, 53]
    const rare = arrivals(days.map((one) => start + one * day + 9 * hour))
    expect(limitHours(rare)).toBeGreaterThan(14 * 24)
    expect(limitHours(rare)).toBeLessThan(49 * 24)
  })

  it('not over a weekend where nobody writes on weekends', () => {
    function working(days: number): number | null {
      return limitHours(life(days, (at, isWorking) => (isWorking && at >= 8 && at < 18 ? 4 : 0)))
    }
    // Friday evening: until Monday at eight there are 62 hours, and then a few more must be missing.
    expect(working(8 * 7 - 2)).toBeGreaterThan(62)
    // Tuesday evening: until Wednesday evening, or a weekend and a half.
    expect(working(8 * 7 - 5)).toBeLessThan(62 * 1.5 + 1)
  })

  it('as soon as before after one outage of a week', () => {
    const daily = Array.from({ length: 70 }, (_, one) => start + one * day + 10 * hour)
    const broken = daily.filter((at) => at < start + 30 * day || at > start + 37 * day)
    const ratio = (limitHours(arrivals(broken)) ?? 0) / (limitHours(arrivals(daily)) ?? 1)
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.3)
  })

  it('not before two weeks and six arrivals are known', () => {
    expect(silenceLimitMs({ slots: [], lastAt: new Date(start) })).toBeNull()
    expect(limitHours(life(13, () => 2))).toBeNull()
    expect(limitHours(arrivals([0, 5, 10, 15, 20].map((one) => start + one * day)))).toBeNull()
    expect(
      limitHours(arrivals([0, 5, 10, 15, 20, 25].map((one) => start + one * day))),
    ).not.toBeNull()
  })

  it('never within what was its pause twice before, whatever came when', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 8 * 7 * 48 }), { minLength: 6, maxLength: 80 }),
        (chosen) => {
          const slots = chosen.toSorted((a, b) => a - b).map((slot) => slot + start / slotMs)
          const lastAt = new Date((slots.at(-1) ?? 0) * slotMs)
          const limit = silenceLimitMs({ slots, lastAt })
          const pauses = slots.slice(1).map((slot, index) => (slot - (slots[index] ?? 0)) * slotMs)
          const usual = pauses.toSorted((a, b) => b - a)[1] ?? 0
          expect(limit ?? usual).toBeGreaterThanOrEqual(usual)
        },
      ),
    )
  })
})
