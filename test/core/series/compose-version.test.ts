import { describe, expect, it } from 'vitest'
import { assembleThread } from '../../../src/core/series/assemble-thread.ts'
import { noCorrections } from '../../../src/core/series/series.ts'
import { assembleAll, describeSeries, seriesOf } from '../../support/describe-series.ts'
import { id, type MailSketch, mail, makeMessage, morning } from '../../support/make-message.ts'

describe('a version composed from an older one', () => {
  const v5 = [
    mail('c', '[PATCH v5 0/3] s'),
    mail('a', '[PATCH v5 1/3] one', 'c'),
    mail('b', '[PATCH v5 2/3] two', 'c'),
    mail('d', '[PATCH v5 3/3] three', 'c'),
  ]

  it.each<[string, readonly MailSketch[], readonly string[]]>([
    [
      'v5.1 of one patch',
      [mail('b1', '[PATCH v5.1 2/3] two', 'b', { minute: 9 })],
      ['v5.1 of 3: 1=a 2=b1 3=d'],
    ],
    [
      'v6 of one patch',
      [mail('b1', '[PATCH v6 2/3] two', 'b', { minute: 9 })],
      ['v6 of 3: 1=a 2=b1 3=d'],
    ],
    [
      'v6 of one patch that does not say its number',
      [mail('b1', '[PATCH v6] two', 'b', { minute: 9 })],
      ['v6 of 3: 1=a 2=b1 3=d'],
    ],
    [
      'a patch that answers the review of its counterpart',
      [
        mail('r', 'Re: [PATCH v5 2/3] two', 'b', { minute: 8, by: 'bob' }),
        mail('b1', '[PATCH v6 2/3] two', 'r', { minute: 9 }),
      ],
      ['v6 of 3: 1=a 2=b1 3=d'],
    ],
    [
      'two patches, each in answer to its counterpart',
      [
        mail('a1', '[PATCH v6 1/3] one', 'a', { minute: 9 }),
        mail('d1', '[PATCH v6 3/3] three', 'd', { minute: 9 }),
      ],
      ['v6 of 3: 1=a1 2=b 3=d1'],
    ],
    [
      'two patches sent in one run below the counterpart of the first',
      [
        mail('b1', '[PATCH v6 2/3] two', 'b', { minute: 9 }),
        mail('d1', '[PATCH v6 3/3] three', 'b1', { minute: 9 }),
      ],
      ['v6 of 3: 1=a 2=b1 3=d1'],
    ],
    [
      'one upon another',
      [
        mail('b1', '[PATCH v5.1 2/3] two', 'b', { minute: 9 }),
        mail('d1', '[PATCH v5.2 3/3] three', 'd', { minute: 10 }),
      ],
      ['v5.1 of 3: 1=a 2=b1 3=d', 'v5.2 of 3: 1=a 2=b1 3=d1'],
    ],
  ])('%s', (_what, mails, expected) => {
    expect(seriesOf(...v5, ...mails)).toEqual([
      expect.stringMatching(/^v5 of 3: c 1=a 2=b 3=d/),
      ...expected,
    ])
  })

  it.each([
    ['has another title', mail('b1', '[PATCH v6] something else', 'b', { minute: 9 })],
    ['is by somebody else', mail('b1', '[PATCH v6] two', 'b', { minute: 9, by: 'bob' })],
    ['has the same version', mail('b1', '[PATCH v5] two', 'b', { minute: 9 })],
    ['answers the cover', mail('b1', '[PATCH v6] two', 'c', { minute: 9 })],
  ])('is not made of a patch without a number that %s', (_what, single) => {
    expect(seriesOf(...v5, single)[1]).toMatch(/^v[56] of 1: 1=b1$/)
  })

  it('says what it is composed of and keeps name, base and change-id', () => {
    const { series, decisions } = assembleAll([
      ...v5.slice(1),
      mail('c', '[PATCH v5 0/3] s', null, { changeId: '20240101-s-1234' }),
      mail('b1', '[PATCH v5.1 2/3] two', 'b', { minute: 9 }),
    ])
    expect(series[1]).toMatchObject({
      anchor: id('b1'),
      name: 's',
      cover: null,
      complete: true,
      missing: [],
      changeId: '20240101-s-1234',
      composedFrom: [id('a'), id('b1'), id('d')],
    })
    expect(decisions).toContainEqual(
      expect.objectContaining({ messageId: id('b1'), rule: 'composed-version' }),
    )
  })

  it.each<[string, readonly MailSketch[]]>([
    ['another number is answered', [mail('b1', '[PATCH v6 2/3] two', 'a', { minute: 9 })]],
    ['the cover is answered', [mail('b1', '[PATCH v6 2/3] two', 'c', { minute: 9 })]],
    ['the total differs', [mail('b1', '[PATCH v6 2/4] two', 'b', { minute: 9 })]],
    ['it is somebody else', [mail('b1', '[PATCH v6 2/3] two', 'b', { minute: 9, by: 'bob' })]],
    ['no later version is stated', [mail('b1', '[PATCH v5 2/3] two', 'b', { minute: 9 })]],
    [
      'it has a cover of its own',
      [
        mail('c1', '[PATCH v6 0/3] s', 'b', { minute: 8 }),
        mail('b1', '[PATCH v6 2/3] two', 'c1', { minute: 9 }),
      ],
    ],
  ])('is not made where %s', (_what, mails) => {
    const { series } = assembleAll([...v5, ...mails])
    expect(series.at(-1)).toMatchObject({ complete: false, composedFrom: null })
  })

  it('is not made from an incomplete version', () => {
    const { series } = assembleAll([
      ...v5.slice(0, 3),
      mail('b1', '[PATCH v6 2/3] two', 'b', { minute: 9 }),
    ])
    expect(series.at(-1)).toMatchObject({ complete: false, composedFrom: null })
  })

  it('waits until the thread is quiet, and says until when', () => {
    const thread = [...v5, mail('b1', '[PATCH v6 2/3] two', 'b', { minute: 9 })].map(makeMessage)
    const quietMs = 60 * 60_000
    const quietAt = morning + 9 * 60_000 + quietMs
    const early = assembleThread(thread, noCorrections, { quietMs, now: new Date(quietAt - 1) })
    const late = assembleThread(thread, noCorrections, { quietMs, now: new Date(quietAt) })
    expect(early.series.map(describeSeries)).toContain('v6 of 3: 2=b1 -1 -3')
    expect(early.settlesAt).toEqual(new Date(quietAt))
    expect(late.series.map(describeSeries)).toContain('v6 of 3: 1=a 2=b1 3=d')
    expect(late.settlesAt).toBeNull()
  })

  it('counts the quiet time from what a server wrote, where the date lies in the future', () => {
    const received = new Date(morning + 9 * 60_000)
    const thread = [
      ...v5,
      mail('b1', '[PATCH v6 2/3] two', 'b', {
        sentAt: new Date('2099-01-01'),
        receivedAt: received,
      }),
    ].map(makeMessage)
    const now = new Date(morning + 10 * 60_000)
    const { series } = assembleThread(thread, noCorrections, { quietMs: 60_000, now })
    expect(series.map(describeSeries)).toContain('v6 of 3: 1=a 2=b1 3=d')
  })
})
