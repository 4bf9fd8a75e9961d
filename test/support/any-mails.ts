import fc from 'fast-check'
import type { Message } from '../../src/core/message.ts'
import { id, makeMessage } from './make-message.ts'

const locals = Array.from({ length: 14 }, (_, index) => `m${index}`)

const anySubject = fc
  .record({
    reply: fc.constantFrom('', '', '', '', 'Re: '),
    prefix: fc.constantFrom('', '', '', 'net '),
    version: fc.constantFrom('', '', '', 'v1 ', 'v2 ', 'v2.1 ', 'v3 '),
    counter: fc.constantFrom(
      '',
      '0/1',
      '1/1',
      '0/2',
      '1/2',
      '2/2',
      '3/2',
      '0/3',
      '1/3',
      '2/3',
      '3/3',
    ),
    title: fc.constantFrom('net: one', 'net: two', 'fs: three'),
  })
  .map(({ reply, prefix, version, counter, title }) => {
    const words = `${prefix}${version}${counter}`.trim()
    return `${reply}[PATCH${words === '' ? '' : ` ${words}`}] ${title}`
  })

/** The Message-ID of a mail that may be among them. */
export const anyId = fc.constantFrom(...locals.map(id))

const anyIds = fc.array(fc.constantFrom(...locals, 'lost', 'gone'), { maxLength: 2 })

/** Up to 14 mails by a few people that answer each other, or nobody, or mails that are lost, in any which way. */
export const anyMails: fc.Arbitrary<readonly Message[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom(...locals),
      subject: fc.oneof(
        { weight: 9, arbitrary: anySubject },
        { weight: 1, arbitrary: fc.constantFrom('hello', 'Re: hello') },
      ),
      answers: anyIds,
      refs: anyIds,
      by: fc.constantFrom('ann', 'ann', 'ann', 'bob'),
      minute: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 4000 })),
      diff: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
      changeId: fc.constantFrom(null, null, null, 'one', 'two'),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: locals.length },
  )
  .map((sketches) =>
    sketches.map(({ diff, ...sketch }) =>
      makeMessage({
        ...sketch,
        patch: /hello|\b0\//.test(sketch.subject) ? false : diff,
        trailers: sketch.subject.startsWith('Re: ')
          ? [{ key: 'Reviewed-by', value: `${sketch.by} <${sketch.by}@example.org>` }]
          : [],
      }),
    ),
  )
