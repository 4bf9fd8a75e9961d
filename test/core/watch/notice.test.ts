import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Condition,
  conditionKey,
  isTooLow,
  toCondition,
} from '../../../src/core/watch/condition.ts'
import { badAfter, dueNotice, noticeKey, type Told } from '../../../src/core/watch/notice.ts'

const minute = 60_000
const now = new Date('2026-11-21T12:00:00Z')
const policy = { mailsPerDay: 4, badForMs: 5 * minute, goodForMs: 15 * minute }

function condition(
  id: Condition['id'],
  state: Condition['state'],
  forMinutes: number,
  subject: string | null = null,
): Condition {
  return {
    id,
    subject,
    state,
    since: new Date(now.getTime() - forMinutes * minute),
    message: '',
    value: null,
    limit: null,
    remedy: null,
  }
}

function told(bad: readonly string[], mails = 0): Told {
  return { bad: new Set(bad), at: Array.from({ length: mails }, () => now) }
}

describe('the operator', () => {
  it('hears of more of what was told, but by itself once a day', () => {
    const bad = [condition('quarantine', 'bad', 500)]
    const renewed = new Set(['quarantine'])
    const due = dueNotice(bad, told(['quarantine']), policy, now, [], renewed)
    expect(due).toMatchObject({ turnedBad: [{ id: 'quarantine' }], stillBad: [] })
    expect(due === null ? [] : badAfter(told(['quarantine']), due)).toEqual(['quarantine'])
    expect(dueNotice(bad, told(['quarantine'], 1), policy, now, [], renewed)).toBeNull()
    expect(dueNotice(bad, told(['quarantine']), policy, now)).toBeNull()
  })

  it('hears of what could not be told while it was bad, but no more than the day allows', () => {
    const unheard = [condition('store', 'good', 0)]
    const good = [condition('free-disk', 'good', 0)]
    expect(dueNotice(good, told([]), policy, now, unheard)).toMatchObject({
      recovered: [{ key: 'store', condition: { state: 'good' } }],
    })
    expect(dueNotice(good, told([], 4), policy, now, unheard)).toBeNull()
    expect(dueNotice(good, told([]), policy, now)).toBeNull()
  })

  it.each([
    ['hears of what has been bad for a while', [condition('store', 'bad', 5)], told([]), 'store |'],
    ['does not hear of what is bad for a moment', [condition('store', 'bad', 4.9)], told([]), null],
    [
      'hears of several at once, also of what turned bad just now',
      [condition('store', 'bad', 5), condition('quarantine', 'bad', 0)],
      told([]),
      'store quarantine |',
    ],
    ['hears of nothing twice', [condition('store', 'bad', 500)], told(['store']), null],
    [
      'hears what is good again for a while',
      [condition('store', 'good', 15), condition('quarantine', 'good', 14)],
      told(['store', 'quarantine']),
      '| store',
    ],
    ['hears that something is watched no more', [], told(['mirror-age gone']), '| mirror-age gone'],
    ['hears of no more than the day allows', [condition('store', 'bad', 99)], told([], 4), null],
    [
      'tells sources apart',
      [condition('source-silence', 'bad', 9, 'b')],
      told(['source-silence a', 'source-silence b']),
      '| source-silence a',
    ],
  ] as const)('%s', (_what, conditions, known, expected) => {
    const notice = dueNotice(conditions, known, policy, now)
    const bad = notice?.turnedBad.map(conditionKey).join(' ')
    const good = notice?.recovered.map(({ key }) => key).join(' ')
    expect(notice && `${bad} | ${good}`.trim()).toBe(expected)
  })

  it('is reminded of what is still bad', () => {
    const conditions = [condition('store', 'bad', 9), condition('quarantine', 'bad', 900)]
    const notice = dueNotice(conditions, told(['quarantine']), policy, now)
    expect(notice?.stillBad.map(conditionKey)).toEqual(['quarantine'])
    expect(notice && badAfter(told(['quarantine']), notice)).toEqual(['quarantine', 'store'])
  })

  it('knows each mail by a key of its own', () => {
    const [one, two] = [now, new Date(now.getTime() + 1)].map((at) =>
      noticeKey({ turnedBad: [condition('store', 'bad', 9)], recovered: [], stillBad: [], at }),
    )
    expect(one).toMatch(/^operator-2026-11-21T1200-[0-9a-f]{32}$/)
    expect(two).not.toBe(one)
  })

  it('hears each change once, no storm, and in the end the truth, however things flutter', () => {
    const steps = fc.array(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 300,
    })
    fc.assert(
      fc.property(steps, (flutter) => {
        let saved: readonly Condition[] = []
        let bad: readonly string[] = []
        const mails: number[] = []
        const twice: string[] = []
        const last = flutter.at(-1) ?? []
        // Then two days in which nothing changes.
        for (let step = 0; step < flutter.length + 2 * 24 * 6; step += 1) {
          const at = new Date(now.getTime() + step * 10 * minute)
          saved = (flutter[step] ?? last).map((isBad, index) => {
            const facts = { id: 'mirror-age', subject: `${index}`, message: '' } as const
            const measured = { ...facts, value: null, limit: null, isBad }
            return toCondition(measured, saved[index] ?? null, at)
          })
          const dayAgo = at.getTime() - 24 * 60 * minute
          const known = {
            bad: new Set(bad),
            at: mails.filter((mail) => mail > dayAgo).map((mail) => new Date(mail)),
          }
          const notice = dueNotice(saved, known, policy, at)
          if (notice !== null) {
            const turned = notice.turnedBad.map(conditionKey)
            twice.push(
              ...turned.filter((key) => known.bad.has(key)),
              ...notice.recovered.map(({ key }) => key).filter((key) => !known.bad.has(key)),
            )
            bad = badAfter(known, notice)
            mails.push(at.getTime())
          }
        }
        const most = Math.max(
          0,
          ...mails.map((one) => mails.filter((at) => at >= one && at < one + 1440 * minute).length),
        )
        expect(twice).toEqual([])
        expect(most).toBeLessThanOrEqual(policy.mailsPerDay)
        expect(bad.toSorted()).toEqual(
          last.flatMap((isBad, index) => (isBad ? [`mirror-age ${index}`] : [])),
        )
      }),
      { numRuns: 20 },
    )
  })
})

describe('a limit', () => {
  it.each([
    [99, 'good', true],
    [100, 'good', false],
    [105, 'good', false],
    [105, 'bad', true],
    [110, 'bad', false],
  ] as const)('of 100, of which %i are left, where it was %s before', (value, state, expected) => {
    expect(isTooLow(value, 100, condition('free-disk', state, 1))).toBe(expected)
  })
})
