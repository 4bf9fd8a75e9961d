import { describe, expect, it } from 'vitest'
import { noCorrections } from '../../../src/core/series/series.ts'
import { assembleAll, describeSeries, seriesOf } from '../../support/describe-series.ts'
import { firstVersion, id, type MailSketch, mail } from '../../support/make-message.ts'

describe('a thread with one series', () => {
  it.each<[string, readonly MailSketch[], string]>([
    ['a cover and its patches', firstVersion, 'v1 of 2: c 1=a 2=b'],
    ['a lone [PATCH]', [mail('a', '[PATCH] x')], 'v1 of 1: 1=a'],
    ['[PATCH 1/1]', [mail('a', '[PATCH 1/1] x')], 'v1 of 1: 1=a'],
    [
      '0/1 with an unnumbered patch',
      [mail('c', '[PATCH 0/1] x'), mail('a', '[PATCH] y', 'c')],
      'v1 of 1: c 1=a',
    ],
    ['no cover', [mail('a', '[PATCH 1/2] x'), mail('b', '[PATCH 2/2] y', 'a')], 'v1 of 2: 1=a 2=b'],
    [
      'patches that answer each other',
      [mail('a', '[PATCH 1/2] x', 'b'), mail('b', '[PATCH 2/2] y', 'a')],
      'v1 of 2: 1=a 2=b',
    ],
    [
      'a chain of bare In-Reply-To',
      [
        mail('d', '[PATCH 3/3] z', 'b', { refs: [] }),
        mail('b', '[PATCH 2/3] y', 'a', { refs: [] }),
        mail('a', '[PATCH 1/3] x', 'c', { refs: [] }),
        mail('c', '[PATCH 0/3] w'),
      ],
      'v1 of 3: c 1=a 2=b 3=d',
    ],
    [
      'a cover that answers its first patch',
      [
        mail('a', '[PATCH 1/2] x'),
        mail('b', '[PATCH 2/2] y', 'a'),
        mail('c', '[PATCH 0/2] w', 'a', { minute: 9 }),
      ],
      'v1 of 2: c 1=a 2=b',
    ],
    [
      'a lost cover',
      [mail('a', '[PATCH 1/2] x', 'lost'), mail('b', '[PATCH 2/2] y', 'lost')],
      'v1 of 2: 1=a 2=b',
    ],
    [
      'a missing patch',
      [mail('c', '[PATCH 0/3] w'), mail('b', '[PATCH 2/3] y', 'c')],
      'v1 of 3: c 2=b -1 -3',
    ],
    [
      'a number above the total',
      [...firstVersion, mail('d', '[PATCH 3/2] late', 'c', { minute: 9 })],
      'v1 of 2: c 1=a 2=b 3=d',
    ],
    [
      'a version stated on the cover alone',
      [
        mail('c', '[PATCH net-next v3 0/2] w'),
        mail('a', '[PATCH 1/2] x', 'c'),
        mail('b', '[PATCH 2/2] y', 'a'),
      ],
      'v3 of 2: c 1=a 2=b',
    ],
    [
      'patches by their authors under one cover',
      [
        mail('c', '[PATCH 0/2] w'),
        mail('a', '[PATCH 1/2] x', 'c', { by: 'ben' }),
        mail('b', '[PATCH 2/2] y', 'c', { by: 'cat' }),
      ],
      'v1 of 2: c 1=a 2=b',
    ],
    [
      'no references at all',
      [
        mail('b', '[PATCH 2/2] y', null, { minute: 20 }),
        mail('c', '[PATCH 0/2] w', null, { minute: 40 }),
        mail('a', '[PATCH 1/2] x', null, { minute: 1 }),
      ],
      'v1 of 2: c 1=a 2=b',
    ],
    [
      'a cover without references, patches that have them',
      [
        mail('c', '[PATCH 0/2] w'),
        mail('a', '[PATCH 1/2] x', null, { minute: 1 }),
        mail('b', '[PATCH 2/2] y', 'a', { minute: 2 }),
      ],
      'v1 of 2: c 1=a 2=b',
    ],
    [
      'a commit mail whose subject names no patch',
      [mail('a', 'fix it', null, { patch: true })],
      'v1 of 1: 1=a',
    ],
    [
      'an unnumbered cover',
      [
        mail('c', '[PATCH v2] overview', null, { patch: false }),
        mail('a', '[PATCH v2 1/2] x', 'c'),
        mail('b', '[PATCH v2 2/2] y', 'c'),
      ],
      'v2 of 2: c 1=a 2=b',
    ],
    [
      'a cover without any bracket, that begins the thread',
      [mail('c', 'do the thing'), mail('a', '[PATCH] thing', 'c', { minute: 1 })],
      'v1 of 1: c 1=a',
    ],
  ])('%s', (_what, mails, expected) => {
    expect(seriesOf(...mails)).toEqual([expected])
  })

  it('keeps a number above the total with a problem', () => {
    const { series } = assembleAll([...firstVersion, mail('d', '[PATCH 3/2] late', 'c')])
    expect(series).toMatchObject([
      { total: 2, complete: true, problems: [{ code: 'number-above-total' }] },
    ])
  })
})

describe('a thread with several series', () => {
  it.each<[string, readonly MailSketch[], readonly string[]]>([
    [
      'v2 below v1',
      [
        ...firstVersion,
        mail('c2', '[PATCH v2 0/2] topic', 'b', { minute: 60 }),
        mail('a2', '[PATCH v2 1/2] net: one', 'c2', { minute: 61, refs: ['b', 'c2'] }),
        mail('b2', '[PATCH v2 2/2] net: two', 'c2', { minute: 62, refs: ['b', 'c2'] }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v2 of 2: c2 1=a2 2=b2'],
    ],
    [
      'v2 in answer to an incomplete v1',
      [mail('a', '[PATCH 1/2] x'), mail('b', '[PATCH v2 2/2] y', 'a', { minute: 9999 })],
      ['v1 of 2: 1=a -2', 'v2 of 2: 2=b -1'],
    ],
    [
      'v2 patches that answer those of v1 one by one',
      [
        ...firstVersion,
        mail('a2', '[PATCH v2 1/2] net: one', 'a', { minute: 60 }),
        mail('b2', '[PATCH v2 2/2] net: two', 'b', { minute: 61 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v2 of 2: 1=a2 2=b2'],
    ],
    [
      'another series in shallow answer to a cover',
      [
        ...firstVersion,
        mail('d', '[PATCH 1/3] x', 'c', { minute: 40 }),
        mail('e', '[PATCH 2/3] y', 'c', { minute: 40 }),
        mail('f', '[PATCH 3/3] z', 'c', { minute: 40 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v1 of 3: 1=d 2=e 3=f'],
    ],
    [
      'another series of the same total in shallow answer to a cover',
      [
        ...firstVersion,
        mail('d', '[PATCH 1/2] fs: x', 'c', { minute: 40 }),
        mail('e', '[PATCH 2/2] fs: y', 'c', { minute: 41 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v1 of 2: 1=d 2=e'],
    ],
    [
      'the same, where one patch of the first is lost',
      [
        ...firstVersion.slice(0, 2),
        mail('d', '[PATCH 1/2] net: one', 'c', { minute: 40 }),
        mail('e', '[PATCH 2/2] net: two', 'c', { minute: 41 }),
      ],
      ['v1 of 2: c 1=a -2', 'v1 of 2: 1=d 2=e'],
    ],
    [
      "somebody else's series in answer to a cover",
      [
        ...firstVersion.slice(0, 2),
        mail('d', '[PATCH 1/2] other', 'c', { minute: 3, by: 'bob' }),
        mail('e', '[PATCH 2/2] other', 'c', { minute: 3, by: 'bob' }),
      ],
      ['v1 of 2: c 1=a -2', 'v1 of 2: 1=d 2=e'],
    ],
    [
      'a second posting without a version, below the first',
      [
        mail('a', '[PATCH 1/2] x'),
        mail('b', '[PATCH 2/2] y', 'a', { minute: 1 }),
        mail('d', '[PATCH 1/2] x', 'a', { minute: 9 }),
        mail('e', '[PATCH 2/2] y', 'd', { minute: 10 }),
      ],
      ['v1 of 2: 1=a 2=b', 'v1 of 2: 1=d 2=e'],
    ],
    [
      'a second posting patch by patch',
      [
        mail('a', '[PATCH 1/2] x'),
        mail('b', '[PATCH 2/2] y', 'a', { minute: 1 }),
        mail('d', '[PATCH 1/2] x', 'a', { minute: 90 }),
        mail('e', '[PATCH 2/2] y', 'b', { minute: 91, refs: ['a', 'b'] }),
      ],
      ['v1 of 2: 1=a 2=b', 'v1 of 2: 1=d 2=e'],
    ],
    [
      'a resend with its own cover in answer to the first',
      [
        ...firstVersion,
        mail('c2', '[PATCH RESEND 0/2] topic', 'c', { minute: 5 }),
        mail('a2', '[PATCH RESEND 1/2] net: one', 'c2', { minute: 6 }),
        mail('b2', '[PATCH RESEND 2/2] net: two', 'c2', { minute: 7 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v1 of 2: c2 1=a2 2=b2'],
    ],
    [
      'two unnumbered patches',
      [mail('a', '[PATCH] x'), mail('b', '[PATCH] y', 'a', { minute: 1 })],
      ['v1 of 1: 1=a', 'v1 of 1: 1=b'],
    ],
    [
      'a patch with any subject in answer to a cover',
      [...firstVersion.slice(0, 2), mail('d', 'an orphan', 'c', { patch: true, minute: 9 })],
      ['v1 of 2: c 1=a -2', 'v1 of 1: 1=d'],
    ],
    [
      "somebody else's lone patch in answer to 0/1",
      [
        mail('c', '[PATCH 0/1] w'),
        mail('d', '[PATCH] better', 'c', { by: 'bob', minute: 5 }),
        mail('a', '[PATCH 1/1] x', 'c'),
      ],
      ['v1 of 1: c 1=a', 'v1 of 1: 1=d'],
    ],
    [
      'Re: with another version and a whole patch',
      [mail('a', '[PATCH] x'), mail('b', 'Re: [PATCH v2] x', 'a', { patch: true, minute: 1 })],
      ['v1 of 1: 1=a', 'v2 of 1: 1=b'],
    ],
    [
      'a complete series of a version where every patch answers its counterpart',
      [
        mail('a', '[PATCH v5 1/2] x'),
        mail('b', '[PATCH v5 2/2] y', 'a'),
        mail('d', '[PATCH v6 1/2] x', 'a', { minute: 1 }),
        mail('e', '[PATCH v6 2/2] y', 'b', { minute: 1 }),
      ],
      ['v5 of 2: 1=a 2=b', 'v6 of 2: 1=d 2=e'],
    ],
  ])('%s', (_what, mails, expected) => {
    expect(seriesOf(...mails)).toEqual(expected)
  })
})

describe('a mail that a person placed with another', () => {
  const wide = [
    mail('c', '[PATCH 0/3] w'),
    mail('a', '[PATCH 1/3] x', 'c', { minute: 1 }),
    mail('d', '[PATCH 3/3] z', 'c', { minute: 3 }),
  ]
  function placed(to: string, ...mails: readonly MailSketch[]): readonly string[] {
    const places = [{ mail: id('b'), to: id(to) }]
    return assembleAll(mails, { ...noCorrections, places }).series.map(describeSeries)
  }

  it.each<[string, string, MailSketch, readonly string[]]>([
    [
      'from another thread, another version and another person',
      'c',
      mail('b', '[PATCH v7 2/3] y', null, { by: 'bob', minute: 9_000 }),
      ['v1 of 3: c 1=a 2=b 3=d'],
    ],
    [
      'to a patch instead of the cover',
      'd',
      mail('b', '[PATCH 2/3] y'),
      ['v1 of 3: c 1=a 2=b 3=d'],
    ],
    [
      'in a reply, which is a patch then',
      'c',
      mail('b', 'Re: [PATCH 2/3] y', 'c', { patch: true }),
      ['v1 of 3: c 1=a 2=b 3=d'],
    ],
    [
      'whose number another has there: it stays where it was',
      'c',
      mail('b', '[PATCH 0/3] y', null, { patch: false, minute: 9_000 }),
      ['v1 of 3: c 1=a 3=d -2'],
    ],
    ['that is not there', 'nobody', mail('b', '[PATCH 2/3] y', 'c'), ['v1 of 3: c 1=a 2=b 3=d']],
  ])('%s', (_what, to, sketch, expected) => {
    expect(placed(to, ...wide, sketch)).toEqual(expected)
  })

  it('stays there when a mail with the same number comes by rule', () => {
    const series = placed(
      'c',
      ...wide,
      mail('e', '[PATCH 2/3] other', 'c', { minute: 2 }),
      mail('b', '[PATCH 2/3] y', null, { by: 'bob', minute: 9_000 }),
    )
    expect(series).toContainEqual(expect.stringMatching(/^v1 of 3: c .*2=b/))
  })

  it('is explained by that', () => {
    const places = [{ mail: id('b'), to: id('c') }]
    const sketches = [...wide, mail('b', '[PATCH v7 2/3] y')]
    const { decisions } = assembleAll(sketches, { ...noCorrections, places })
    expect(decisions.find(({ messageId }) => messageId === id('b'))).toMatchObject({
      rule: 'manual',
      inputs: { placedWith: id('c') },
    })
  })
})

describe('a mail that a person split off', () => {
  it('opens a series of its own, and what answers it goes along', () => {
    const { series } = assembleAll(
      [
        mail('c', '[PATCH 0/3] w'),
        mail('a', '[PATCH 1/3] x', 'c', { minute: 1 }),
        mail('b', '[PATCH 2/3] y', 'a', { minute: 2 }),
        mail('d', '[PATCH 3/3] z', 'b', { minute: 3 }),
      ],
      { ...noCorrections, places: [{ mail: id('b'), to: id('b') }] },
    )
    expect(series.map(describeSeries)).toEqual(['v1 of 3: c 1=a -2 -3', 'v1 of 3: 2=b 3=d -1'])
  })

  it('becomes a patch where it was taken for a reply', () => {
    const { series } = assembleAll(
      [mail('a', '[PATCH] x'), mail('b', 'Re: [PATCH] x', 'a', { patch: true, minute: 1 })],
      { ...noCorrections, places: [{ mail: id('b'), to: id('b') }] },
    )
    expect(series.map(describeSeries)).toEqual(['v1 of 1: 1=a', 'v1 of 1: 1=b'])
  })
})
