import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { withReferencesOf } from '../../../src/core/series/merge-copies.ts'
import { id, makeMessage } from '../../support/make-message.ts'

const anyIds = fc.array(fc.constantFrom(...['a', 'b', 'c', 'd'].map(id)), { maxLength: 3 })
const anyCopies = fc.array(fc.record({ inReplyTo: anyIds, references: anyIds }), {
  minLength: 1,
  maxLength: 5,
})
const mail = makeMessage({ id: 'm', subject: '[PATCH 1/2] x' })

describe('the references of copies of one mail', () => {
  it('are the same in whatever order the copies come, and however often', () => {
    const ordered = anyCopies.chain((copies) =>
      fc.tuple(
        fc.constant(copies),
        fc.shuffledSubarray([...copies, ...copies], { minLength: copies.length * 2 }),
      ),
    )
    fc.assert(
      fc.property(ordered, ([copies, others]) => {
        const [one, other] = [copies, others].map((all) =>
          all
            .map((copy): Message => ({ ...mail, ...copy }))
            .reduce((message, copy) => withReferencesOf(message, copy)),
        )
        expect(other).toEqual(one)
      }),
    )
  })

  it('come from the copy that still has the field', () => {
    const [lost, kept]: readonly [Message, Message] = [
      { ...mail, inReplyTo: [id('a')], references: [] },
      { ...mail, inReplyTo: [], references: [id('c'), id('a')] },
    ]
    const merged = { ...mail, inReplyTo: [id('a')], references: [id('c'), id('a')] }
    expect(withReferencesOf(lost, kept)).toEqual(merged)
    expect(withReferencesOf(kept, lost)).toEqual(merged)
    expect(withReferencesOf(merged, lost)).toBe(merged)
  })
})
