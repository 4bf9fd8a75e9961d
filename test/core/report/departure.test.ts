import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultReportPolicy } from '../../../src/core/report/default-report-policy.ts'
import {
  type DepartureFacts,
  departure,
  limitWindowMs,
} from '../../../src/core/report/departure.ts'

const noon = new Date('2026-01-07T12:00:00Z')
const hourMs = 3_600_000

function ago(hours: number): Date {
  return new Date(noon.getTime() - hours * hourMs)
}

const policy: Parameters<typeof departure>[0] = {
  limits: { perThread: 2, perDay: 3, beyond: 'hold' },
  quietHours: null,
  staleAfterMs: 14 * 24 * hourMs,
}
const facts: DepartureFacts = {
  now: noon,
  isReleased: false,
  wasOffered: false,
  stirredAt: ago(1),
  inThread: [],
  onList: [],
}
const quietHours = { from: 11 * 60, to: 13 * 60, weekends: false, timeZone: 'UTC' }

describe('departure', () => {
  it.each<[string, Partial<DepartureFacts>, object]>([
    ['nothing is in the way', {}, { outcome: 'leave' }],
    ['its version is old', { stirredAt: ago(15 * 24) }, { outcome: 'drop', rule: 'stale' }],
    ['nobody knows how old it is', { stirredAt: null }, { outcome: 'leave' }],
    ['the thread has room', { inThread: [ago(1), ago(24)] }, { outcome: 'leave' }],
    [
      'the thread has had enough',
      { inThread: [ago(1), ago(23)] },
      { outcome: 'hold', rule: 'limit-per-thread' },
    ],
    [
      'the list has had enough',
      { onList: [ago(1), ago(2), ago(3)] },
      { outcome: 'hold', rule: 'limit-per-day' },
    ],
    [
      'it was offered and there is no room now',
      { wasOffered: true, inThread: [ago(20), ago(23), ago(1)] },
      { outcome: 'wait', until: new Date(noon.getTime() + 4 * hourMs) },
    ],
    [
      'it was offered, however old',
      { wasOffered: true, stirredAt: ago(999) },
      { outcome: 'leave' },
    ],
    [
      'a person released it',
      { isReleased: true, stirredAt: ago(999), inThread: [ago(1), ago(1)] },
      { outcome: 'leave' },
    ],
  ])('where %s', (_what, changes, expected) => {
    expect(departure(policy, { ...facts, ...changes })).toMatchObject(expected)
  })

  it('waits for the end of quiet hours, unless it is too old then or released', () => {
    const quiet = { ...policy, quietHours }

    expect(departure(quiet, facts)).toMatchObject({
      outcome: 'wait',
      until: new Date('2026-01-07T13:00:00Z'),
      rule: 'quiet-hours',
    })
    expect(departure(quiet, { ...facts, stirredAt: ago(999) })).toMatchObject({ outcome: 'drop' })
    expect(departure(quiet, { ...facts, isReleased: true })).toEqual({ outcome: 'leave' })
  })

  it('tells in the digest what is beyond a limit, where it shall', () => {
    const summing: typeof policy = { ...policy, limits: { ...policy.limits, beyond: 'digest' } }
    const inThread = [ago(1), ago(2)]

    expect(departure(summing, { ...facts, inThread })).toMatchObject({
      outcome: 'digest',
      rule: 'limit-per-thread',
    })
    expect(departure(summing, { ...facts, inThread, wasOffered: true })).toMatchObject({
      outcome: 'wait',
    })
  })

  it('has no limit where the limit is 0, and nothing is too old where that is not configured', () => {
    const open: typeof policy = {
      limits: { perThread: 0, perDay: 0, beyond: 'hold' },
      quietHours: null,
      staleAfterMs: null,
    }
    const many = Array.from({ length: 500 }, () => ago(1))

    expect(
      departure(open, { ...facts, stirredAt: ago(9_999), inThread: many, onList: many }),
    ).toEqual({ outcome: 'leave' })
  })

  it('never lets more leave within a day than the limits say, and loses nothing', () => {
    interface Mail {
      readonly thread: number
      offers: Date[]
      end: 'left' | 'hold' | 'digest' | 'drop' | 'waiting'
    }
    function lastOffers(among: readonly Mail[]): readonly Date[] {
      return among.flatMap(({ offers }) => offers.slice(-1))
    }
    const thread = fc.integer({ min: 0, max: 2 })
    const arrivals = fc.array(
      fc.record({
        thread,
        afterMs: fc.integer({ min: 0, max: 9 * hourMs }),
        deferrals: fc.integer({ min: 0, max: 2 }),
      }),
      { maxLength: 25 },
    )
    const limits = fc.record({
      perThread: fc.integer({ min: 1, max: 3 }),
      perDay: fc.integer({ min: 1, max: 4 }),
      beyond: fc.constantFrom('hold' as const, 'digest' as const),
    })
    fc.assert(
      fc.property(arrivals, limits, fc.boolean(), (coming, most, hasQuiet) => {
        const rules = { ...defaultReportPolicy([]), limits: most }
        const quiet = hasQuiet ? quietHours : null
        const queue: { at: number; mail: Mail; deferrals: number }[] = []
        const mails: Mail[] = []
        let at = noon.getTime()
        let backwards = 0
        for (const one of coming) {
          at += one.afterMs
          const mail: Mail = { thread: one.thread, offers: [], end: 'waiting' }
          mails.push(mail)
          queue.push({ at, mail, deferrals: one.deferrals })
        }
        for (let steps = 0; queue.length > 0 && steps < 2_000; steps += 1) {
          queue.sort((a, b) => a.at - b.at)
          const due = queue.shift()
          if (due === undefined) {
            break
          }
          const { mail } = due
          const others = mails.filter((one) => one !== mail)
          const decided = departure(
            { ...rules, quietHours: quiet },
            {
              now: new Date(due.at),
              isReleased: false,
              wasOffered: mail.offers.length > 0,
              stirredAt: null,
              inThread: lastOffers(others.filter((one) => one.thread === mail.thread)),
              onList: lastOffers(others),
            },
          )
          if (decided.outcome === 'wait') {
            backwards += decided.until.getTime() > due.at ? 0 : 1
            queue.push({ ...due, at: decided.until.getTime() })
          } else if (decided.outcome === 'leave') {
            mail.offers.push(new Date(due.at))
            if (due.deferrals > 0) {
              queue.push({ at: due.at + hourMs, mail, deferrals: due.deferrals - 1 })
            } else {
              mail.end = 'left'
            }
          } else {
            mail.end = decided.outcome
          }
        }

        expect(backwards).toBe(0)
        expect(mails.filter(({ end }) => end === 'waiting' || end === 'drop')).toEqual([])
        const left = mails.filter(({ end }) => end === 'left')
        for (const { offers } of left) {
          const end = offers.at(-1)?.getTime() ?? 0
          const within = left.filter(({ offers: theirs }) => {
            const time = theirs.at(-1)?.getTime() ?? 0
            return time <= end && time > end - limitWindowMs
          })
          expect(within.length).toBeLessThanOrEqual(most.perDay)
          for (const thread of [0, 1, 2]) {
            expect(within.filter((one) => one.thread === thread).length).toBeLessThanOrEqual(
              most.perThread,
            )
          }
        }
      }),
    )
  })
})
