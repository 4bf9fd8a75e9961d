import { describe, expect, it } from 'vitest'
import { approvalAwaitedSince, waitingSince } from '../../../src/core/checks/checks-deadline.ts'
import type { Decision } from '../../../src/core/decision.ts'
import { toSha } from '../../../src/core/ids.ts'

const head = toSha('a'.repeat(40))
const other = toSha('b'.repeat(40))

function at(minute: number): Date {
  return new Date(Date.UTC(2026, 0, 7, 12, minute))
}

function decision(minute: number, facts: Partial<Decision>): Decision {
  return {
    at: at(minute),
    messageId: null,
    topic: null,
    version: '1',
    step: 'verdict',
    rule: 'waiting',
    inputs: { head },
    result: '',
    ...facts,
  }
}

describe('waitingSince', () => {
  it.each<[string, readonly Decision[], Date | null]>([
    ['nothing was decided', [], null],
    ['it began once', [decision(1, {}), decision(2, { step: 'publish' })], at(1)],
    ['it was said twice', [decision(1, {}), decision(2, {})], at(1)],
    ['a verdict came', [decision(1, {}), decision(2, { rule: 'failure' })], null],
    [
      'a verdict came and a person asked again',
      [
        decision(1, {}),
        decision(2, { rule: 'failure' }),
        decision(3, { step: 'person', rule: 'retest' }),
        decision(4, {}),
      ],
      at(4),
    ],
    ['it was tested again meanwhile', [decision(1, {}), decision(2, { step: 'person' })], null],
    ['another head waits', [decision(1, { inputs: { head: other } })], null],
    ['another version waits', [decision(1, { version: '2' })], null],
  ])('where %s', (_what, decisions, since) => {
    expect(waitingSince(decisions, '1', head)).toEqual(since)
  })
})

describe('approvalAwaitedSince', () => {
  it.each<[string, readonly Decision[], Date | null]>([
    ['nothing was decided', [], null],
    ['checks are waited for', [decision(1, {})], null],
    [
      'a person is waited for',
      [decision(1, {}), decision(2, { rule: 'approval-needed' }), decision(3, { step: 'report' })],
      at(2),
    ],
    ['the person came', [decision(2, { rule: 'approval-needed' }), decision(3, {})], null],
    [
      'of another head or version',
      [
        decision(2, { rule: 'approval-needed', inputs: { head: other } }),
        decision(2, { rule: 'approval-needed', version: '2' }),
      ],
      null,
    ],
  ])('when %s', (_, decisions, since) => {
    expect(approvalAwaitedSince(decisions, '1', head)).toEqual(since)
  })
})
