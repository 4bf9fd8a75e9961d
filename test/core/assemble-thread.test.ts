import { describe, expect, it } from 'vitest'
import { assembleThread } from '../../src/core/assemble-thread.ts'
import { noCorrections } from '../../src/core/series.ts'
import { assembleAll, describeSeries, seriesOf } from '../support/describe-series.ts'
import { id, type MailSketch, makeMessage, morning } from '../support/make-message.ts'

function mail(
  local: string,
  subject: string,
  answers: string | null = null,
  more: Partial<MailSketch> = {},
): MailSketch {
  return { id: local, subject, ...(answers === null ? {} : { answers: [answers] }), ...more }
}

const v1 = [
  mail('c', '[PATCH 0/2] topic'),
  mail('a', '[PATCH 1/2] net: one', 'c', { minute: 1 }),
  mail('b', '[PATCH 2/2] net: two', 'c', { minute: 2 }),
]

describe('a thread with one series', () => {
  it.each<[string, readonly MailSketch[], string]>([
    ['a cover and its patches', v1, 'v1 of 2: c 1=a 2=b'],
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
      [...v1, mail('d', '[PATCH 3/2] late', 'c', { minute: 9 })],
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
    const { series } = assembleAll([...v1, mail('d', '[PATCH 3/2] late', 'c')])
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
        ...v1,
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
        ...v1,
        mail('a2', '[PATCH v2 1/2] net: one', 'a', { minute: 60 }),
        mail('b2', '[PATCH v2 2/2] net: two', 'b', { minute: 61 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v2 of 2: 1=a2 2=b2'],
    ],
    [
      'another series in shallow answer to a cover',
      [
        ...v1,
        mail('d', '[PATCH 1/3] x', 'c', { minute: 40 }),
        mail('e', '[PATCH 2/3] y', 'c', { minute: 40 }),
        mail('f', '[PATCH 3/3] z', 'c', { minute: 40 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v1 of 3: 1=d 2=e 3=f'],
    ],
    [
      'another series of the same total in shallow answer to a cover',
      [
        ...v1,
        mail('d', '[PATCH 1/2] fs: x', 'c', { minute: 40 }),
        mail('e', '[PATCH 2/2] fs: y', 'c', { minute: 41 }),
      ],
      ['v1 of 2: c 1=a 2=b', 'v1 of 2: 1=d 2=e'],
    ],
    [
      'the same, where one patch of the first is lost',
      [
        ...v1.slice(0, 2),
        mail('d', '[PATCH 1/2] net: one', 'c', { minute: 40 }),
        mail('e', '[PATCH 2/2] net: two', 'c', { minute: 41 }),
      ],
      ['v1 of 2: c 1=a -2', 'v1 of 2: 1=d 2=e'],
    ],
    [
      "somebody else's series in answer to a cover",
      [
        ...v1.slice(0, 2),
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
        ...v1,
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
      [...v1.slice(0, 2), mail('d', 'an orphan', 'c', { patch: true, minute: 9 })],
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

describe('mails without references', () => {
  const two = [
    mail('a1', '[PATCH 1/2] alpha: one', null, { minute: 0 }),
    mail('b1', '[PATCH 1/2] beta: one', null, { minute: 1 }),
    mail('a2', '[PATCH 2/2] alpha: two', null, { minute: 2 }),
    mail('b2', '[PATCH 2/2] beta: two', null, { minute: 3 }),
  ]

  it('are split by the stem of the subject where two claim a number, and that is said', () => {
    const { series } = assembleAll(two)
    expect(series.map(describeSeries)).toEqual(['v1 of 2: 1=a1 2=a2', 'v1 of 2: 1=b1 2=b2'])
    expect(series.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      ['number-claimed-twice'],
      ['number-claimed-twice'],
    ])
  })

  it('are split by the run of git send-email before the stem', () => {
    const runs = [
      ['20240115080000.11-1-ann@x', '[PATCH 1/2] alpha: one'],
      ['20240115080000.22-1-ann@x', '[PATCH 1/2] beta: one'],
      ['20240115080000.11-2-ann@x', '[PATCH 2/2] beta: two'],
      ['20240115080000.22-2-ann@x', '[PATCH 2/2] alpha: two'],
    ]
    expect(seriesOf(...runs.map(([local = '', subject = '']) => mail(local, subject)))).toEqual([
      'v1 of 2: 1=20240115080000.11-1-ann@x 2=20240115080000.11-2-ann@x',
      'v1 of 2: 1=20240115080000.22-1-ann@x 2=20240115080000.22-2-ann@x',
    ])
  })

  it('are three series where one number was sent three times', () => {
    const spam = ['x', 'y', 'z'].map((local, at) =>
      mail(local, '[PATCH v2 1/4] rework', null, { minute: at }),
    )
    expect(seriesOf(...spam)).toEqual([
      'v2 of 4: 1=x -2 -3 -4',
      'v2 of 4: 1=y -2 -3 -4',
      'v2 of 4: 1=z -2 -3 -4',
    ])
  })

  it('do not join where submitter, version, total or prefixes differ, or too much time lies between', () => {
    const a = mail('a', '[PATCH net 1/2] x')
    for (const other of [
      mail('b', '[PATCH net 2/2] y', null, { by: 'bob' }),
      mail('b', '[PATCH net v2 2/2] y'),
      mail('b', '[PATCH net 2/3] y'),
      mail('b', '[PATCH net-next 2/2] y'),
      mail('b', '[PATCH net 2/2] y', null, { minute: 31 }),
    ]) {
      expect(seriesOf(a, other)).toHaveLength(2)
    }
    expect(seriesOf(a, mail('b', '[PATCH net 2/2] y', null, { minute: 30 }))).toHaveLength(1)
  })
})

describe('a version composed from an older one', () => {
  const v5 = [
    mail('c', '[PATCH v5 0/3] s', null, { baseCommit: null }),
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

  it('says what it is composed of and keeps name, base and change-id', () => {
    const [cover, ...patches] = v5.map((sketch) => ({
      ...sketch,
      ...(sketch.id === 'c' ? { changeId: '20240101-s-1234' } : {}),
    }))
    const { series, decisions } = assembleAll([
      ...(cover === undefined ? [] : [cover]),
      ...patches,
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

describe('the other mails of a thread', () => {
  it.each<[string, readonly MailSketch[], string, string]>([
    ['a review', [...v1, mail('r', 'Re: [PATCH 1/2] net: one', 'a')], 'r', 'reply'],
    [
      'a reply with a diff',
      [...v1, mail('r', 'Re: [PATCH 1/2] x', 'a', { patch: true })],
      'r',
      'reply',
    ],
    [
      'a reply in German',
      [...v1, mail('r', 'AW: [PATCH 1/2] x', 'a', { patch: true })],
      'r',
      'reply',
    ],
    ['a reply to nothing that is here', [mail('r', 'Re: [PATCH] x', 'lost')], 'r', 'reply'],
    ['a reply without Re:', [...v1, mail('r', 'thanks', 'a')], 'r', 'reply'],
    [
      'a reply to a cover with its very subject',
      [...v1, mail('r', '[PATCH 0/2] topic', 'c', { by: 'bob' })],
      'r',
      'reply',
    ],
    ['a cover alone', [mail('c', '[PATCH v5 0/4] s')], 'c', 'cover-only'],
    ['a question', [mail('q', 'how does one?')], 'q', 'not-a-patch'],
    [
      'a patch without a diff',
      [mail('q', '[PATCH] x', null, { patch: false })],
      'q',
      'not-a-patch',
    ],
    [
      'a pull request',
      [
        mail('p', '[GIT PULL] fixes', null, {
          patch: false,
          pull: { url: 'u', ref: 'r', sha: null },
        }),
      ],
      'p',
      'pull-request',
    ],
    [
      'a pull request numbered as a cover, without patches',
      [mail('p', '[PULL 00/28] fixes', null, { pull: { url: 'u', ref: 'r', sha: null } })],
      'p',
      'pull-request',
    ],
    [
      'a bug report that a patch answers',
      [mail('q', 'it crashes', null, { by: 'bob' }), mail('a', '[PATCH] x', 'q')],
      'q',
      'not-a-patch',
    ],
  ])('%s', (_what, mails, local, kind) => {
    const { others } = assembleAll(mails)
    expect(others).toContainEqual({ messageId: id(local), kind, reason: expect.any(String) })
  })

  it('are replies of the series whose mail they answer, oldest first', () => {
    expect(
      seriesOf(
        ...v1,
        mail('s', 'Re: [PATCH 0/2] topic', 'r', { minute: 30 }),
        mail('r', 'Re: [PATCH 0/2] topic', 'c', { minute: 20 }),
        mail('t', 'Re: [PATCH 2/2] net: two', 'b', { minute: 25 }),
      ),
    ).toEqual(['v1 of 2: c 1=a 2=b r=r r=t r=s'])
  })

  it('are not given to an older series by a cover that waits for its patches', () => {
    expect(
      seriesOf(
        ...v1,
        mail('c2', '[PATCH v2 0/2] topic', 'c', { minute: 30 }),
        mail('r', 'Re: [PATCH v2 0/2] topic', 'c2', { minute: 31 }),
      ),
    ).toEqual(['v1 of 2: c 1=a 2=b r=c2'])
  })
})

describe('what a series says of itself', () => {
  const sha = 'a'.repeat(40) as never
  const other = 'b'.repeat(40) as never

  it('is taken from its cover before its patches', () => {
    const { series } = assembleAll([
      mail('c', '[RFC PATCH net 0/2] the topic', null, { changeId: 'x', by: 'ann' }),
      mail('a', '[PATCH 1/2] one', 'c', { by: 'ben', minute: 1 }),
      mail('b', '[PATCH 2/2] two', 'c', { by: 'ben', minute: 2 }),
    ])
    expect(series).toMatchObject([
      {
        anchor: id('c'),
        name: 'the topic',
        submitter: { address: 'ann@example.org' },
        prefixes: ['RFC', 'net'],
        changeId: 'x',
        startedAt: new Date(morning),
      },
    ])
  })

  it('is taken from the lowest patch where the cover is empty', () => {
    const [cover, ...patches] = v1
    const { series } = assembleAll([
      { ...cover, id: 'c', subject: '[PATCH 0/2] *** SUBJECT HERE ***' },
      ...patches,
    ])
    expect(series).toMatchObject([{ name: 'net: one', cover: id('c') }])
  })

  it('finds the base and the prerequisites in any of its mails', () => {
    const [cover, first, second] = v1.map((one) => ({ ...one }))
    const { series } = assembleAll([
      { ...cover, ...mail('c', '[PATCH 0/2] topic') },
      { ...first, ...mail('a', '[PATCH 1/2] x', 'c', { prerequisitePatchIds: ['p', 'q'] }) },
      {
        ...second,
        ...mail('b', '[PATCH 2/2] y', 'c', { baseCommit: sha, prerequisitePatchIds: ['q', 'r'] }),
      },
    ])
    expect(series).toMatchObject([
      { baseCommit: sha, prerequisitePatchIds: ['p', 'q', 'r'], problems: [] },
    ])
  })

  it('has a problem where its mails name several bases', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH 1/2] x', null, { baseCommit: sha }),
      mail('b', '[PATCH 2/2] y', 'a', { baseCommit: other }),
    ])
    expect(series).toMatchObject([{ baseCommit: sha, problems: [{ code: 'base-commits-differ' }] }])
  })

  it('hears what replies say of dependencies and older versions, but not of itself', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH] x', null, { dependsOn: [id('a'), id('base')] }),
      mail('r', 'Re: [PATCH] x', 'a', {
        by: 'bob',
        supersedes: [id('old')],
        dependsOn: [id('base2')],
      }),
    ])
    expect(series).toMatchObject([
      { dependsOn: [id('base'), id('base2')], supersedes: [id('old')] },
    ])
  })

  it('names the mails it refers to, also through replies', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH] x'),
      mail('r', 'Re: [PATCH] x', 'a', { by: 'bob', minute: 1 }),
      mail('b', '[PATCH v2] x', 'r', { refs: [], minute: 2 }),
    ])
    expect(series[1]?.answers).toEqual([id('r'), id('a')])
  })

  it('has the pull request that its patches come with', () => {
    const pull = { url: 'https://example.org/r.git', ref: 'tags/x', sha }
    const { series, others } = assembleAll([
      mail('c', '[PULL 0/2] fixes', null, { pull }),
      mail('a', '[PULL 1/2] x', 'c'),
      mail('b', '[PULL 2/2] y', 'c'),
    ])
    expect(series).toMatchObject([{ pull, cover: id('c'), complete: true, prefixes: ['PULL'] }])
    expect(others).toEqual([])
  })

  it('passes on the problems of its mails', () => {
    const { series } = assembleAll([
      mail('a', '[PATCH] x', null, { problems: [{ code: 'message-id-reused', message: 'twice' }] }),
    ])
    expect(series).toMatchObject([
      { problems: [{ code: 'message-id-reused', message: 'a@example.org: twice' }] },
    ])
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
      { ...noCorrections, splits: [id('b')] },
    )
    expect(series.map(describeSeries)).toEqual(['v1 of 3: c 1=a -2 -3', 'v1 of 3: 2=b 3=d -1'])
  })

  it('becomes a patch where it was taken for a reply', () => {
    const { series } = assembleAll(
      [mail('a', '[PATCH] x'), mail('b', 'Re: [PATCH] x', 'a', { patch: true, minute: 1 })],
      { ...noCorrections, splits: [id('b')] },
    )
    expect(series.map(describeSeries)).toEqual(['v1 of 1: 1=a', 'v1 of 1: 1=b'])
  })
})
