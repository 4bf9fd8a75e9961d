import { describe, expect, it } from 'vitest'
import type { ReportKind } from '../../../src/core/project.ts'
import { isNews, type Outcome } from '../../../src/core/report/report-news.ts'

function outcome(kind: ReportKind, ...failed: readonly string[]): Outcome {
  return { version: '1', kind, failedContexts: failed }
}

describe('isNews', () => {
  it.each<[string, Outcome, Outcome | null, boolean]>([
    ['a first failure', outcome('failure', 'build'), null, true],
    ['a first success', outcome('success'), null, false],
    ['a success after a failure', outcome('success'), outcome('failure', 'build'), true],
    ['a success after a conflict', outcome('success'), outcome('conflict'), true],
    ['a second success', outcome('success'), outcome('success'), false],
    ['a merge after a success', outcome('merged'), outcome('success'), false],
    ['a failure after a success', outcome('failure', 'a'), outcome('success'), true],
    [
      'a failure of the same checks',
      outcome('failure', 'a', 'b'),
      outcome('failure', 'b', 'a'),
      false,
    ],
    ['a failure of other checks', outcome('failure', 'a', 'c'), outcome('failure', 'b', 'a'), true],
    ['a failure of fewer checks', outcome('failure', 'a'), outcome('failure', 'b', 'a'), true],
    ['a second conflict', outcome('conflict'), outcome('conflict'), false],
    ['a conflict after a failure', outcome('conflict'), outcome('failure', 'a'), true],
  ])('of %s', (_what, now, before, expected) => {
    expect(isNews(now, before)).toBe(expected)
  })
})
