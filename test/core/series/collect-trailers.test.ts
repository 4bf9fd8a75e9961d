import { describe, expect, it } from 'vitest'
import { toTopicId } from '../../../src/core/ids.ts'
import { carryTrailers, withCarriedTrailers } from '../../../src/core/series/carry-trailers.ts'
import {
  collectTrailers,
  followUpTrailers,
  isGivenBySender,
} from '../../../src/core/series/collect-trailers.ts'
import { explainCarried } from '../../../src/core/series/explain-thread.ts'
import type { LinkedSeries, Series } from '../../../src/core/series/series.ts'
import type { Trailer } from '../../../src/core/series/trailer.ts'
import { assembleAll } from '../../support/describe-series.ts'
import { id, type MailSketch, makeMessage } from '../../support/make-message.ts'
import { makeSeries } from '../../support/make-series.ts'

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

  it.each([
    ['in another case', gave('reviewed-by', 'BOB <bob@example.org>')],
    ['with a comment', gave('Reviewed-by', `${bob} # for the parts I know`)],
    ['with a note', gave('Reviewed-by', `${bob}\n[for the parts I know]`)],
  ])('gives each once, as b4 compares them: %s', (_what, again) => {
    const { trailers } = collectTrailers(
      [],
      [
        makeMessage(reply('r', 'a', 'bob', gave('Reviewed-by', bob))),
        makeMessage(reply('s', 'a', 'bob', again)),
      ],
    )
    expect(trailers).toEqual([{ key: 'Reviewed-by', value: bob, messageId: id('r') }])
  })

  it('gives a person twice who signs with two names, as b4 does', () => {
    const other = gave('Reviewed-by', 'Robert <bob@example.org>')
    const { trailers } = collectTrailers(
      [gave('Reviewed-by', bob)],
      [makeMessage(reply('r', 'a', 'bob', gave('Reviewed-by', bob), other))],
    )
    expect(trailers).toEqual([{ ...other, messageId: id('r') }])
  })

  it('knows one mail by links to several archives', () => {
    const own = gave('Link', 'https://lore.example.org/r/20240101-x-1@example.org')
    const again = gave('Link', 'https://msgid.example.net/20240101-X-1@example.org/')
    const { trailers } = collectTrailers([own], [makeMessage(reply('r', 'a', 'bob', again))])
    expect(trailers).toEqual([])
  })

  const coverless = thread.slice(1)

  it('gives them to every patch where a cover is answered that never arrived', () => {
    const { series, decisions } = assembleAll([
      ...coverless,
      { ...reply('r', 'c', 'bob', gave('Reviewed-by', bob)), subject: 'Re: [PATCH 0/2] topic' },
    ])
    expect(givenTo(series)).toEqual([
      ['1', 'Reviewed-by r'],
      ['2', 'Reviewed-by r'],
    ])
    expect(series[0]?.replies).toEqual([id('r')])
    expect(decisions).toContainEqual({
      messageId: id('r'),
      rule: 'trailers-by-missing-cover',
      inputs: { trailers: [`Reviewed-by: ${bob}`] },
      result: `its trailers are given to every patch of series ${id('a')}`,
    })
  })

  it('finds a cover that never arrived by chains of bare In-Reply-To, and by a reply that is missing too', () => {
    const { series } = assembleAll([
      { id: 'a', subject: '[PATCH 1/2] one', answers: ['c'], refs: [] },
      { id: 'b', subject: '[PATCH 2/2] two', answers: ['a'], refs: [] },
      {
        ...reply('r', 'q', 'bob', gave('Reviewed-by', bob)),
        subject: 'Re: [PATCH 0/2] topic',
        refs: ['c', 'q'],
      },
    ])
    expect(givenTo(series)).toEqual([
      ['1', 'Reviewed-by r'],
      ['2', 'Reviewed-by r'],
    ])
  })

  it.each<[string, readonly MailSketch[], string]>([
    ['a report that started it all is answered', coverless, 'Re: it crashes'],
    ['a patch that never arrived is answered', coverless, 'Re: [PATCH 2/2] two'],
    ['the cover of another version is answered', coverless, 'Re: [PATCH v2 0/2] topic'],
    ['the cover of a longer series is answered', coverless, 'Re: [PATCH 0/3] topic'],
    [
      'two series answer it',
      [
        ...coverless,
        { id: 'd', subject: '[PATCH 1/2] x', answers: ['c'], by: 'cat' },
        { id: 'e', subject: '[PATCH 2/2] y', answers: ['c'], by: 'cat' },
      ],
      'Re: [PATCH 0/2] topic',
    ],
  ])('gives them to none where %s', (_what, mails, subject) => {
    const { series } = assembleAll([
      ...mails,
      { ...reply('r', 'c', 'bob', gave('Reviewed-by', bob)), subject },
    ])
    expect(givenTo(series).flatMap(([, ...trailers]) => trailers)).toEqual([])
  })

  it('gives a composed version what the cover of the older one was given', () => {
    const { series } = assembleAll([
      ...thread,
      { ...reply('r', 'c', 'bob', gave('Reviewed-by', bob)), subject: 'Re: [PATCH 0/2] topic' },
      { id: 'b2', subject: '[PATCH v2 2/2] two', answers: ['b'], minute: 20 },
    ])
    expect(givenTo(series.slice(1))).toEqual([
      ['1', 'Reviewed-by r'],
      ['2', 'Reviewed-by r'],
    ])
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

  it('takes the problem of a trailer along, and no other', () => {
    const problem = {
      code: 'trailer-from-mismatch',
      message: `"Acked-by: ${bob}" was sent by Cat <cat@example.org> in ${trailer.messageId}`,
    }
    const other = { ...problem, message: problem.message.replace('Acked-by', 'Tested-by') }
    const first = { ...version(1, 'x', trailer), problems: [other, problem] }
    const carried = carryTrailers([first, version(2, 'y'), version(3, 'x')])
    expect(carried.map(({ problems }) => problems)).toEqual([[other, problem], [], [problem]])
    expect(carryTrailers(carried)).toEqual(carried)
  })

  it('is explained once for each patch that gets one', () => {
    const topic = toTopicId(id('p1'))
    const linked = [version(2, 'x'), version(1, 'x', trailer)].map(
      (series): LinkedSeries => ({ series, topic, linkedBy: null }),
    )
    const carried = withCarriedTrailers(linked)
    expect(explainCarried(linked, carried)).toEqual([
      {
        messageId: id('r'),
        rule: 'trailers-carried-by-patch-id',
        inputs: { trailers: [`Acked-by: ${bob}`], patchId: 'x' },
        result: `its trailers are given to patch 1 of series ${id('p2')} too`,
      },
    ])
    expect(explainCarried(carried, withCarriedTrailers(carried))).toEqual([])
  })

  it('never goes back, and never without a patch-id', () => {
    const carried = carryTrailers([version(1, 'x'), version(2, 'x', trailer), version(3, null)])
    expect(givenTo(carried)).toEqual([['1'], ['1', 'Acked-by r'], ['1']])
  })

  it('leaves out what the patch has in its commit message', () => {
    const carried = carryTrailers([version(1, 'x', trailer), version(2, 'x')], (patch) =>
      patch === id('p2') ? [{ key: 'acked-by', value: bob.toUpperCase() }] : [],
    )
    expect(givenTo(carried)).toEqual([['1', 'Acked-by r'], ['1']])
  })
})
