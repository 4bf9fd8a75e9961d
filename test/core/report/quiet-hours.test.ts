import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localTime, nextLocalTime } from '../../../src/core/report/local-time.ts'
import { type QuietHours, quietUntil } from '../../../src/core/report/quiet-hours.ts'

const night: QuietHours = { from: 22 * 60, to: 7 * 60, weekends: false, timeZone: 'Europe/Berlin' }
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham']
const anyTime = fc
  .integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) })
  .map((ms) => new Date(ms))

describe('quietUntil', () => {
  it.each<[string, QuietHours, string, string | null]>([
    ['by day', night, '2026-01-07T12:00:00Z', null],
    ['before midnight', night, '2026-01-07T22:30:00Z', '2026-01-08T06:00:00Z'],
    ['after midnight', night, '2026-01-08T02:00:00Z', '2026-01-08T06:00:00Z'],
    ['by summer time', night, '2026-07-07T20:30:00Z', '2026-07-08T05:00:00Z'],
    ['at the first minute', night, '2026-01-07T21:00:00Z', '2026-01-08T06:00:00Z'],
    ['at the end', night, '2026-01-08T06:00:00Z', null],
    ['in the night when clocks go forward', night, '2026-03-28T23:30:00Z', '2026-03-29T05:00:00Z'],
    [
      'on the eve of a weekend',
      { ...night, weekends: true },
      '2026-01-09T22:30:00Z',
      '2026-01-12T06:00:00Z',
    ],
    [
      'on a Saturday without quiet nights',
      { from: 0, to: 0, weekends: true, timeZone: 'UTC' },
      '2026-01-10T09:00:00Z',
      '2026-01-12T00:00:00Z',
    ],
    [
      'in hours of one day',
      { from: 9 * 60, to: 17 * 60, weekends: false, timeZone: 'UTC' },
      '2026-01-07T09:00:00Z',
      '2026-01-07T17:00:00Z',
    ],
  ])('%s', (_when, quiet, at, until) => {
    expect(quietUntil(new Date(at), quiet)?.toISOString() ?? null).toBe(
      until === null ? null : new Date(until).toISOString(),
    )
  })

  it('ends when it is quiet no more, and within a week', () => {
    const minutes = fc.integer({ min: 0, max: 1439 })
    fc.assert(
      fc.property(
        anyTime,
        minutes,
        minutes,
        fc.boolean(),
        fc.constantFrom(...zones),
        (at, from, to, weekends, timeZone) => {
          const quiet = { from, to, weekends, timeZone }
          const until = quietUntil(at, quiet) ?? at
          expect(until.getTime()).toBeGreaterThanOrEqual(at.getTime())
          expect(until.getTime() - at.getTime()).toBeLessThan(4 * 86_400_000)
          expect(quietUntil(until, quiet)).toBeNull()
        },
      ),
    )
  })
})

describe('nextLocalTime', () => {
  it('gives the time that clocks show then, but in the hour that is left out', () => {
    fc.assert(
      fc.property(
        anyTime,
        fc.integer({ min: 0, max: 1439 }),
        fc.constantFrom(...zones),
        (after, minutes, timeZone) => {
          const found = nextLocalTime(after, { minutes, weekday: null }, timeZone)
          const shown = localTime(found, timeZone).minutes
          expect(found.getTime()).toBeGreaterThan(after.getTime())
          expect(found.getTime() - after.getTime()).toBeLessThanOrEqual(26 * 3_600_000)
          expect([minutes, (minutes + 60) % 1440]).toContain(shown)
        },
      ),
    )
  })
})
