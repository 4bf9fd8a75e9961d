import { describe, expect, it } from 'vitest'
import { carryTrailers } from '../../src/core/carry-trailers.ts'
import {
  collectTrailers,
  followUpTrailers,
  isGivenBySender,
} from '../../src/core/collect-trailers.ts'
import type { Series } from '../../src/core/series.ts'
import type { Trailer } from '../../src/core/trailer.ts'
import { assembleAll } from '../support/describe-series.ts'
import { id, type MailSketch, makeMessage } from '../support/make-message.ts'
import { makeSeries } from '../support/make-series.ts'

const bob = 'Bob <bob@example.org>'
const cat = 'Cat <cat@example.org>'

function reply(local: string, answers: string, by: string, ...trailers: Trailer[]): MailSketch {
  return { id: local, subject: 'Re: [PATCH] x', answers: [answers], by, trailers, minute: 10 }
}

function gave(key: string, value: string): Trailer {
  return { key, value }
}

function givenTo(series: readonly Series[]): readonly (readonly string[])[] {
  return series.flatMap(({ patches }) =>
    patches.map(({ number, trailers }) => [
      `${number}`,
      ...trailers.map(({ key, messageId }) => `${key} ${messageId.replace('@example.org', '')}`),
    ]),
  )
}

describe('the trailers of a reply', () => {
  it.each([
    ['Reviewed-by', bob],
    ['tESTed-bY', 'bob@example.org'],
    ['Reported-by', `${bob} # first seen here`],
    ['Fixes', '123456 ("x")'],
    ['Link', 'https://example.org/1'],
    ['Closes', 'https://example.org/2'],
    ['Acked-by', 'Bob Ünal <bob@example.org>'],
  ])('include %s: %s', (key, value) => {
    const message = makeMessage(reply('r', 'a', 'bob', gave(key, value)))
    expect(followUpTrailers(message)).toEqual([{ key, value, messageId: id('r') }])
  })

  it.each([
    ['Cc', bob],
    ['From', bob],
    ['To', bob],
    ['Date', 'Mon, 1 Jan 2024'],
    ['Message-ID', '<a@example.org>'],
    ['Supersedes', '<a@example.org>'],
    ['Based-on', '<a@example.org>'],
    ['E-Mail', 'bob@example.org'],
    ['Phone', '123'],
    ['Note', 'nobody is named here'],
    ['Fixes', 'the bug'],
    ['Reviewed-by', 'Bob https://example.org/bob@example.org'],
    ['Überprüft-von', bob],
    ['Acked-by', `${'x'.repeat(2000)} <bob@example.org>`],
  ])('do not include %s: %s', (key, value) => {
    expect(followUpTrailers(makeMessage(reply('r', 'a', 'bob', gave(key, value))))).toEqual([])
  })
})

describe('whether the sender gave a trailer himself', () => {
  const sender = { name: 'Doe, John', address: 'john@example.com' }

  it.each([
    'Anybody <JOHN@example.com>',
    'john+list@example.com',
    'J <john@linux.example.com>',
    'John Doe <private@example.net>',
    'Doe, John <private@example.net>',
  ])('is so for %s', (value) => {
    expect(isGivenBySender(gave('Acked-by', value), sender)).toBe(true)
  })

  it.each(['Ann <ann@example.com>', 'Jane Doe <jane@example.com>', 'John <john@badexample.com>'])(
    'is not so for %s',
    (value) => {
      expect(isGivenBySender(gave('Acked-by', value), sender)).toBe(false)
    },
  )
})

describe('collecting trailers', () => {
  const thread: readonly MailSketch[] = [
    { id: 'c', subject: '[PATCH 0/2] topic' },
    { id: 'a', subject: '[PATCH 1/2] one', answers: ['c'], trailers: [gave('Acked-by', cat)] },
    { id: 'b', subject: '[PATCH 2/2] two', answers: ['c'] },
  ]

  it('gives them to the nearest patch', () => {
    const { series } = assembleAll([
      ...thread,
      reply('q', 'b', 'ann'),
      reply('r', 'q', 'bob', gave('Reviewed-by', bob)),
    ])
    expect(givenTo(series)).toEqual([['1'], ['2', 'Reviewed-by r']])
    expect(series[0]?.problems).toEqual([])
  })

  it('gives them to every patch where the cover is answered, but not to one that has them', () => {
    const { series } = assembleAll([...thread, reply('r', 'c', 'cat', gave('Acked-by', cat))])
    expect(givenTo(series)).toEqual([['1'], ['2', 'Acked-by r']])
  })

  it('gives each once', () => {
    const { trailers } = collectTrailers(
      [],
      [
        makeMessage(reply('r', 'a', 'bob', gave('Reviewed-by', bob))),
        makeMessage(reply('s', 'a', 'bob', gave('reviewed-by', 'Bob B. <BOB@example.org>'))),
      ],
    )
    expect(trailers).toEqual([{ key: 'Reviewed-by', value: bob, messageId: id('r') }])
  })

  it('keeps one that names somebody else than its sender, and says so', () => {
    const { series } = assembleAll([...thread, reply('r', 'b', 'bob', gave('Acked-by', cat))])
    expect(givenTo(series)).toEqual([['1'], ['2', 'Acked-by r']])
    expect(series[0]?.problems).toEqual([
      {
        code: 'trailer-from-mismatch',
        message: `"Acked-by: ${cat}" was sent by ${bob} in r@example.org`,
      },
    ])
  })

  it('says a mismatch in a reply to the cover once', () => {
    const { series } = assembleAll([...thread, reply('r', 'c', 'bob', gave('Tested-by', cat))])
    expect(series[0]?.problems).toHaveLength(1)
  })
})

describe('carrying trailers to later versions', () => {
  const trailer = { key: 'Acked-by', value: bob, messageId: id('r') }

  function version(
    number: number,
    patchId: string | null,
    ...trailers: (typeof trailer)[]
  ): Series {
    const messageId = id(`p${number}`)
    const patch = { number: 1, messageId, subject: 's', patchId, trailers }
    return makeSeries(`p${number}`, { version: number, patches: [patch] })
  }

  it('goes by patch-id, over versions that have another', () => {
    const carried = carryTrailers([version(1, 'x', trailer), version(2, 'y'), version(3, 'x')])
    expect(givenTo(carried)).toEqual([['1', 'Acked-by r'], ['1'], ['1', 'Acked-by r']])
  })

  it('never goes back, and never without a patch-id', () => {
    const carried = carryTrailers([version(1, 'x'), version(2, 'x', trailer), version(3, null)])
    expect(givenTo(carried)).toEqual([['1'], ['1', 'Acked-by r'], ['1']])
  })

  it('leaves out what the patch has in its commit message', () => {
    const carried = carryTrailers([version(1, 'x', trailer), version(2, 'x')], (patch) =>
      patch === id('p2') ? [{ key: 'acked-by', value: 'Bob B <bob@example.org>' }] : [],
    )
    expect(givenTo(carried)).toEqual([['1', 'Acked-by r'], ['1']])
  })
})
