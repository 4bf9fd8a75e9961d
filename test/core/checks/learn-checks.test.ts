import { describe, expect, it } from 'vitest'
import { learnChecks, type PastHead } from '../../../src/core/checks/learn-checks.ts'

const minuteMs = 60_000

function heads(count: number, contexts: readonly string[], tookMs: number | null): PastHead[] {
  return Array.from({ length: count }, () => ({ contexts, tookMs }))
}

describe('learnChecks', () => {
  it('knows nothing before it has seen some heads', () => {
    expect(learnChecks([])).toEqual({ expected: [], typicalMs: null, deadlineMs: null })
    expect(learnChecks(heads(2, ['build'], minuteMs))).toMatchObject({ expected: [] })
    expect(learnChecks(heads(4, ['build'], minuteMs))).toMatchObject({ typicalMs: null })
  })

  it('expects what reported on nearly all of the last ten', () => {
    const past = [
      ...heads(1, ['build'], null),
      ...heads(7, ['build', 'unit', 'unit'], null),
      ...heads(2, ['build', 'unit', 'docs'], null),
      ...heads(40, ['build', 'unit', 'docs', 'old'], null),
    ]
    expect(learnChecks(past).expected).toEqual(['build', 'unit'])
  })

  it('forgets a workflow that was renamed after three heads', () => {
    const past = [...heads(3, ['new'], null), ...heads(40, ['old'], null)]
    expect(learnChecks(past).expected).toEqual([])
    expect(learnChecks(past.slice(1)).expected).toEqual(['old'])
  })

  it('waits three times as long as nearly all took, and half an hour at least', () => {
    const quick = heads(20, ['build'], 4 * minuteMs)
    expect(learnChecks(quick)).toMatchObject({ typicalMs: 4 * minuteMs, deadlineMs: 30 * minuteMs })

    const slow = [...heads(19, [], 60 * minuteMs), ...heads(1, [], 1000 * minuteMs)]
    expect(learnChecks(slow)).toMatchObject({
      typicalMs: 60 * minuteMs,
      deadlineMs: 180 * minuteMs,
    })
  })
})
