import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { disjointSets } from '../../../src/core/disjoint-sets.ts'
import type { Message } from '../../../src/core/message.ts'
import { looseKey, looseTime } from '../../../src/core/series/loose-join.ts'
import { threadComponents } from '../../../src/core/series/thread.ts'
import { anyMails } from '../../support/any-mails.ts'
import { type MailSketch, makeMessage } from '../../support/make-message.ts'

function threadsOf(...sketches: readonly MailSketch[]): readonly (readonly string[])[] {
  return threadComponents(sketches.map(makeMessage)).map((thread) =>
    thread.map(({ messageId }) => messageId.replace('@example.org', '')),
  )
}

/** The rule word by word: every pair of mails is looked at. */
function slowComponents(messages: readonly Message[], gapMs: number): readonly string[] {
  const sets = disjointSets<string>()
  for (const one of messages) {
    for (const reference of [...one.inReplyTo, ...one.references]) {
      sets.join(one.messageId, reference)
    }
    for (const other of messages) {
      const key = looseKey(one)
      const isNear = Math.abs(looseTime(one) - looseTime(other)) <= gapMs
      if (key !== null && key === looseKey(other) && isNear) {
        sets.join(one.messageId, other.messageId)
      }
    }
  }
  const threads = new Map<string, string[]>()
  for (const { messageId } of messages) {
    const root = sets.find(messageId)
    threads.set(root, [...(threads.get(root) ?? []), messageId])
  }
  return [...threads.values()].map((ids) => ids.toSorted().join(' ')).toSorted()
}

describe('the threads among mails', () => {
  it.each<[string, readonly MailSketch[], readonly (readonly string[])[]]>([
    [
      'follow In-Reply-To and References',
      [
        { id: 'a', subject: 's' },
        { id: 'b', subject: 's', answers: ['a'], refs: [], minute: 1 },
        { id: 'c', subject: 's', refs: ['b'], minute: 2 },
        { id: 'd', subject: 's', minute: 3 },
      ],
      [['a', 'b', 'c'], ['d']],
    ],
    [
      'meet in an id that nobody sent',
      [
        { id: 'a', subject: 's', answers: ['lost'] },
        { id: 'b', subject: 's', refs: ['x', 'lost'], minute: 1 },
        { id: 'c', subject: 's', answers: ['x'], minute: 2 },
      ],
      [['a', 'b', 'c']],
    ],
    [
      'are joined by a mail that refers to both',
      [
        { id: 'a', subject: 's' },
        { id: 'b', subject: 's', minute: 1 },
        { id: 'c', subject: 's', refs: ['a', 'b'], minute: 2 },
      ],
      [['a', 'b', 'c']],
    ],
    [
      'hold patches without references, neighbour by neighbour',
      [
        { id: 'a', subject: '[PATCH 1/3] x' },
        { id: 'b', subject: '[PATCH 2/3] x', minute: 30 },
        { id: 'c', subject: '[PATCH 3/3] x', minute: 60 },
        { id: 'd', subject: '[PATCH 1/3] x', minute: 91 },
      ],
      [['a', 'b', 'c'], ['d']],
    ],
    [
      'do not join single patches, replies or patches that answer somebody',
      [
        { id: 'a', subject: '[PATCH] x' },
        { id: 'b', subject: '[PATCH] y', minute: 1 },
        { id: 'c', subject: '[PATCH 1/1] x', minute: 2 },
        { id: 'd', subject: '[PATCH 1/1] y', minute: 3 },
        { id: 'e', subject: '[PATCH 1/2] y', minute: 4 },
        { id: 'f', subject: 'Re: [PATCH 1/2] y', minute: 5 },
        { id: 'g', subject: '[PATCH 2/2] y', answers: ['lost'], minute: 6 },
      ],
      [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']],
    ],
  ])('%s', (_what, mails, expected) => {
    expect(threadsOf(...mails)).toEqual(expected)
  })

  it('take another gap', () => {
    const mails = [
      makeMessage({ id: 'a', subject: '[PATCH 1/2] x' }),
      makeMessage({ id: 'b', subject: '[PATCH 2/2] x', minute: 2 }),
    ]
    expect(threadComponents(mails, 60_000)).toHaveLength(2)
    expect(threadComponents(mails, 120_000)).toHaveLength(1)
  })

  it('are those of the rule, for any mails in any order', () => {
    fc.assert(
      fc.property(anyMails, (mails) => {
        const gapMs = 10 * 60_000
        const threads = threadComponents(mails, gapMs)
        const ids = threads.map((thread) =>
          thread
            .map(({ messageId }) => messageId)
            .toSorted()
            .join(' '),
        )
        expect(ids.toSorted()).toEqual(slowComponents(mails, gapMs))
      }),
    )
  })
})
