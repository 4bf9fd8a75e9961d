import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RefName, toSha, toTopicId } from '../../../src/core/ids.ts'
import {
  desiredPullRequest,
  isDraftByPrefix,
  labelsOf,
  type PullRequestFacts,
} from '../../../src/core/pull-request/desired-pull-request.ts'
import {
  beforeWriting,
  faceChange,
  type PullRequestFace,
  type PullRequestRecord,
  toWritten,
} from '../../../src/core/pull-request/pull-request-record.ts'
import type { TopicState } from '../../../src/core/topic/topic.ts'
import { isNewer } from '../../../src/core/topic/version-order.ts'

const face: PullRequestFace = {
  title: 'Mend the pump',
  body: 'It leaks.',
  draft: false,
  labels: ['series/v1'],
  baseRef: 'refs/heads/main' as RefName,
}

function record(
  version: string,
  state: PullRequestRecord['state'],
  closedBy: PullRequestRecord['closedBy'],
): PullRequestRecord {
  return {
    project: 'pump',
    number: 7,
    topic: toTopicId('a@b' as never),
    url: 'https://forge.example/pulls/7',
    headRef: 'refs/heads/series/mend' as RefName,
    state,
    closedBy,
    version,
    head: toSha('1'.repeat(40)),
    written: toWritten(face),
    comments: [],
    hintedAt: null,
    createdAt: new Date(0),
    updatedAt: new Date(0),
  }
}

const versions = fc.constantFrom('1', '2', '2.1', '3')
const known = fc.oneof(
  fc.constant(null),
  versions.map((version) => record(version, 'open', null)),
  fc
    .tuple(versions, fc.constantFrom('closed', 'merged'), fc.constantFrom('us', 'person'))
    .map(([version, state, by]) => record(version, state, by)),
)
const states: readonly TopicState[] = ['testing', 'success', 'conflict', 'held', 'merged', 'moved']
const facts: fc.Arbitrary<PullRequestFacts> = fc.record({
  state: fc.constantFrom(...states),
  version: fc.option(versions),
  isWithdrawn: fc.boolean(),
  known,
})

describe('desiredPullRequest', () => {
  it('opens nothing where something is open, has ended, or a person closed this version', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const desired = desiredPullRequest(given)
        const isNew = desired.outcome === 'open' && desired.known === null
        const before = given.known
        const isThere = before?.state === 'open'
        const hasEnded = given.isWithdrawn || given.state === 'merged'
        const isTheirs =
          before?.closedBy === 'person' && !isNewer(given.version ?? '0', before.version)
        expect(isNew && (isThere || hasEnded || isTheirs)).toBe(false)
        expect(isNew ? desired.replaces : before).toBe(before)
      }),
    )
  })

  it('closes only what is open, and only where it has ended', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const desired = desiredPullRequest(given)
        const hasEnded = given.version === null || given.isWithdrawn || given.state === 'merged'
        expect(desired.outcome === 'closed').toBe(hasEnded && given.known?.state === 'open')
      }),
    )
  })

  it.each([
    ['merged', { state: 'merged' }, 'merged'],
    ['withdrawn', { isWithdrawn: true }, 'withdrawn'],
    ['moved to another topic', { version: null }, 'superseded'],
    ['merged and withdrawn', { state: 'merged', isWithdrawn: true }, 'merged'],
  ] as const)('says why one is closed that is %s', (_what, change, reason) => {
    const open = record('1', 'open', null)
    const given = { state: 'success', version: '1', isWithdrawn: false, known: open } as const
    expect(desiredPullRequest({ ...given, ...change })).toEqual({
      outcome: 'closed',
      known: open,
      reason,
    })
  })
})

describe('labelsOf', () => {
  it.each([
    ['testing', ['series/v2']],
    ['failure', ['series/failure', 'series/v2']],
    ['conflict', ['series/conflict', 'series/v2']],
  ] as const)('tells version and what came of it: %s', (state, labels) => {
    expect(labelsOf({ state }, '2')).toEqual(labels)
  })
})

describe('isDraftByPrefix', () => {
  it.each([
    [['RFC'], true],
    [['rfc', 'net-next'], true],
    [['net-next'], false],
    [[], false],
  ])('%j: %j', (prefixes, isDraft) => {
    expect(isDraftByPrefix(prefixes)).toBe(isDraft)
  })
})

describe('faceChange', () => {
  const labels = fc.uniqueArray(
    fc.constantFrom<string>('series/v1', 'series/v2', 'series/failure', 'bug'),
  )
  const faces: fc.Arbitrary<PullRequestFace> = fc.record({
    title: fc.constantFrom('a', 'b'),
    body: fc.constantFrom('a', 'b'),
    draft: fc.boolean(),
    labels: fc.uniqueArray(fc.constantFrom('series/v1', 'series/v2', 'series/failure')),
    baseRef: fc.constantFrom(face.baseRef, 'refs/heads/next' as RefName),
  })

  it('is nothing where what is wanted was written, whatever people made of it', () => {
    fc.assert(
      fc.property(faces, labels, (wanted, theirs) => {
        expect(faceChange(wanted, toWritten(wanted), { labels: theirs })).toBeNull()
      }),
    )
  })

  it('writes all that an interrupted writing may have changed', () => {
    fc.assert(
      fc.property(faces, faces, faces, fc.boolean(), (wanted, begun, before, wasDone) => {
        const written = toWritten(before)
        const begunChange = faceChange(begun, written, before) ?? {}
        const there = wasDone ? { ...before, ...begunChange } : before
        const change = faceChange(wanted, beforeWriting(written, begunChange), there) ?? {}
        const after = { ...there, ...change }
        expect({ ...after, labels: [...after.labels].sort() }).toEqual({
          ...wanted,
          labels: [...wanted.labels].sort(),
        })
      }),
    )
  })

  it('writes what is new and nothing else, and of labels only those that come or go', () => {
    fc.assert(
      fc.property(faces, faces, labels, (wanted, before, theirs) => {
        const change = faceChange(wanted, toWritten(before), { labels: theirs }) ?? {}
        for (const key of ['title', 'body', 'draft', 'baseRef'] as const) {
          expect(change[key]).toBe(wanted[key] === before[key] ? undefined : wanted[key])
        }
        const after = change.labels ?? theirs.filter((label) => label !== 'bug')
        for (const label of ['series/v1', 'series/v2', 'series/failure']) {
          const [was, is] = [before.labels.includes(label), wanted.labels.includes(label)]
          expect(after.includes(label)).toBe(was === is ? theirs.includes(label) : is)
        }
      }),
    )
  })
})
