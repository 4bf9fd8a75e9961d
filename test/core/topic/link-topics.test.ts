import { describe, expect, it } from 'vitest'
import { type TopicId, toTopicId } from '../../../src/core/ids.ts'
import {
  type Corrections,
  type LinkedSeries,
  noCorrections,
  type Series,
  type SeriesPatch,
} from '../../../src/core/series/series.ts'
import { linkTopics } from '../../../src/core/topic/link-topics.ts'
import { topicsOf } from '../../support/describe-series.ts'
import { id, morning } from '../../support/make-message.ts'
import { makeSeries } from '../../support/make-series.ts'

const bob = { name: 'Bob', address: 'bob@example.org' }
const day = 24 * 60 * 60_000

function onDay(days: number): Date {
  return new Date(morning + days * day)
}

function patches(local: string, ...diffs: readonly (string | null)[]): readonly SeriesPatch[] {
  return diffs.map((patchId, index) => ({
    number: index + 1,
    messageId: id(`${local}-${index + 1}`),
    subject: `${patchId ?? local} ${index + 1}`,
    patchId,
    trailers: [],
  }))
}

function version(local: string, number: number, other: Partial<Series> = {}): Series {
  return makeSeries(local, {
    version: number,
    cover: id(local),
    name: `name of ${local}`,
    patches: patches(local, `diff of ${local}`),
    startedAt: onDay(number),
    ...other,
  })
}

function link(
  series: readonly Series[],
  corrections: Partial<Corrections> = {},
): readonly LinkedSeries[] {
  return linkTopics(series, () => null, { ...noCorrections, ...corrections })
}

/** Each series as `anchor: topic rule`, the topic by the anchor that names it, in the order of the alphabet. */
function linksOf(linked: readonly LinkedSeries[]): readonly string[] {
  const names = new Map(linked.map(({ series }) => [toTopicId(series.anchor), series.anchor]))
  return linked
    .map(({ series, topic, linkedBy }) =>
      `${series.anchor}: ${names.get(topic) ?? topic} ${linkedBy ?? '-'}`.replaceAll(
        '@example.org',
        '',
      ),
    )
    .toSorted()
}

describe('the versions of a topic', () => {
  it.each<[string, Series, Series, string | null]>([
    [
      'a change-id',
      version('a', 1, { changeId: 'x' }),
      version('b', 2, { changeId: 'x', submitter: bob }),
      'change-id',
    ],
    [
      'Supersedes',
      version('a', 5),
      version('b', 6, { supersedes: [id('a')], submitter: bob }),
      'supersedes',
    ],
    [
      'Supersedes without a version',
      version('a', 1),
      version('b', 1, { supersedes: [id('a-1')], startedAt: onDay(9) }),
      'supersedes',
    ],
    ['a reply, though renamed', version('a', 1), version('b', 2, { answers: [id('a')] }), 'reply'],
    [
      'a reply to a patch',
      version('a', 1),
      version('b', 2, { answers: [id('x'), id('a-1')] }),
      'reply',
    ],
    [
      'a reply by another person with the same title',
      version('a', 1),
      version('b', 2, { answers: [id('a')], name: 'name of a', submitter: bob }),
      'reply',
    ],
    [
      'a common diff',
      version('a', 1, { patches: patches('a', 'x', 'y') }),
      version('b', 2, { patches: patches('b', 'x', 'z', 'w') }),
      'patch-id',
    ],
    [
      'a common title',
      version('a', 1, { name: 'net: Fix leak' }),
      version('b', 2, { name: 'net: fix leak.' }),
      'subject',
    ],
    [
      'a repost without a version',
      version('a', 1, { patches: patches('a', 'x', 'y') }),
      version('b', 1, { patches: patches('b', 'x', 'y') }),
      'patch-id',
    ],
    [
      'a reworked repost without a version',
      version('a', 1, { name: 'n', patches: patches('t', null, null) }),
      version('b', 1, {
        name: 'n',
        patches: patches('t', null, null).map((patch, at) => ({
          ...patch,
          messageId: id(`b${at}`),
        })),
      }),
      'subject',
    ],
    ['nothing', version('a', 1), version('b', 2), null],
    [
      'a title by two authors',
      version('a', 1, { name: 'n' }),
      version('b', 2, { name: 'n', submitter: bob }),
      null,
    ],
    [
      'a diff by two authors',
      version('a', 1, { patches: patches('a', 'x') }),
      version('b', 2, { patches: patches('b', 'x'), submitter: bob }),
      null,
    ],
    [
      'a title by two people who mail through one gateway',
      version('a', 1, { name: 'n', submitter: { name: 'Ann via G', address: 'g@example.org' } }),
      version('b', 2, { name: 'n', submitter: { name: 'Bob via G', address: 'g@example.org' } }),
      null,
    ],
    [
      'a reply by another person about something else',
      version('a', 1),
      version('b', 2, { answers: [id('a')], submitter: bob }),
      null,
    ],
    ['a reply of the same version', version('a', 1), version('b', 1, { answers: [id('a')] }), null],
    [
      'different change-ids',
      version('a', 1, { name: 'n', changeId: 'x' }),
      version('b', 2, { name: 'n', changeId: 'y', answers: [id('a')] }),
      null,
    ],
    [
      'a title that comes again with other patches',
      version('a', 1, { name: 'tcg queue' }),
      version('b', 1, { name: 'tcg queue' }),
      null,
    ],
    [
      'one diff of many that comes again',
      version('a', 1, { patches: patches('a', 'x', 'y', 'z') }),
      version('b', 1, { patches: patches('b', 'x', 'v', 'w') }),
      null,
    ],
    [
      'a title two years apart',
      version('a', 1, { name: 'n' }),
      version('b', 2, { name: 'n', startedAt: onDay(800) }),
      null,
    ],
    ['an empty name', version('a', 1, { name: '' }), version('b', 2, { name: '' }), null],
  ])('by %s', (_what, one, other, rule) => {
    const linked = link([other, one])
    expect(linksOf(linked)).toEqual(
      rule === null ? ['a: a -', 'b: b -'] : ['a: a -', `b: a ${rule}`],
    )
    expect(link([one, other])).toEqual(linked)
  })

  it('are found by the strongest rule', () => {
    const a = version('a', 1, { name: 'n', changeId: 'x' })
    const b = version('b', 2, { name: 'n', answers: [id('a')], supersedes: [id('a')] })
    const c = version('c', 3, { name: 'n', changeId: 'x', answers: [id('b')] })
    expect(linksOf(link([c, b, a]))).toEqual(['a: a -', 'b: a supersedes', 'c: a change-id'])
  })

  it('are ordered by number, and a date that says otherwise is a problem', () => {
    const early = new Date(morning)
    const linked = link([
      version('a', 1, { name: 'n' }),
      version('b', 2, { name: 'n' }),
      version('c', 3, { name: 'n', startedAt: early }),
    ])
    expect(linksOf(linked)).toEqual(['a: a -', 'b: a subject', 'c: a subject'])
    expect(linked.map(({ series }) => series.problems.map(({ code }) => code))).toEqual([
      [],
      [],
      ['dated-before-older-version'],
    ])
  })

  it('follow the newest older one, and of equal ones the nearest in time', () => {
    const name = 'tcg queue'
    const linked = link([
      version('may', 1, { name, startedAt: onDay(120) }),
      version('june', 1, { name, startedAt: onDay(150) }),
      version('june2', 2, { name, startedAt: onDay(152) }),
      version('june3', 3, { name, startedAt: onDay(154) }),
    ])
    expect(linksOf(linked)).toEqual([
      'june2: june subject',
      'june3: june subject',
      'june: june -',
      'may: may -',
    ])
  })

  it('go with the series that most of their patches come from', () => {
    const linked = link([
      version('big', 1, { patches: patches('big', 'x', 'y', 'z', 'w'), startedAt: onDay(2) }),
      version('small', 1, { patches: patches('small', 'x', 'v'), startedAt: onDay(1) }),
      version('small2', 2, { patches: patches('small2', 'x', 'v2'), startedAt: onDay(3) }),
    ])
    expect(linksOf(linked)).toEqual(['big: big -', 'small2: small patch-id', 'small: small -'])
  })

  it.each([
    [10, 'subject'],
    [40, '-'],
  ])('without a number are one topic only soon after each other: %d days', (days, rule) => {
    const same = patches('t', null)
    const linked = link([
      version('a', 1, { name: 'n', patches: same, startedAt: onDay(0) }),
      version('b', 1, {
        name: 'n',
        cover: null,
        anchor: id('t-1'),
        patches: same,
        startedAt: onDay(days),
      }),
    ])
    expect(linked.at(-1)?.linkedBy ?? '-').toBe(rule)
  })

  it('that began as a single patch are found by its title', () => {
    expect(
      topicsOf(
        { id: 'a', subject: '[PATCH] net: fix leak', patch: 'x' },
        { id: 'c', subject: '[PATCH v2 0/2] net: fix several leaks', minute: 9000 },
        { id: 'a2', subject: '[PATCH v2 1/2] net: fix leak', answers: ['c'], patch: 'y' },
        { id: 'b2', subject: '[PATCH v2 2/2] net: fix another', answers: ['c'], patch: 'z' },
      ),
    ).toEqual([['v1 first', 'v2 subject']])
  })

  it('go on through a version that has neither title nor diff in common', () => {
    const linked = link([
      version('a', 1, { name: 'n' }),
      version('b', 2, { name: 'renamed', answers: [id('a')] }),
      version('c', 3, { name: 'renamed' }),
    ])
    expect(linksOf(linked)).toEqual(['a: a -', 'b: a reply', 'c: a subject'])
  })
})

describe('the id of a topic', () => {
  const a = version('a', 1, { name: 'n' })
  const b = version('b', 2, { name: 'n' })
  const fixedId = '0123456789ab' as TopicId

  it('is that of its earliest version', () => {
    expect(link([b, a]).map(({ topic }) => topic)).toEqual([toTopicId(id('a')), toTopicId(id('a'))])
  })

  it('stays when an earlier version turns up after it was fixed', () => {
    const linked = linkTopics(
      [a, b],
      ({ anchor }) => (anchor === id('b') ? fixedId : null),
      noCorrections,
    )
    expect(linked.map(({ topic, linkedBy }) => [topic, linkedBy])).toEqual([
      [fixedId, null],
      [fixedId, 'subject'],
    ])
  })

  it('of two fixed ones each stays, and what comes goes with the newest', () => {
    const c = version('c', 3, { name: 'n' })
    const ids = new Map([
      [a.anchor, 'aaaaaaaaaaaa' as TopicId],
      [b.anchor, 'bbbbbbbbbbbb' as TopicId],
    ])
    const linked = linkTopics([c, b, a], ({ anchor }) => ids.get(anchor) ?? null, noCorrections)
    expect(linked.map(({ topic, linkedBy }) => [topic, linkedBy])).toEqual([
      ['aaaaaaaaaaaa', null],
      ['bbbbbbbbbbbb', null],
      ['bbbbbbbbbbbb', 'subject'],
    ])
  })
})

describe('what a person said', () => {
  const a = version('a', 1)
  const b = version('b', 2)
  const c = version('c', 3, { answers: [id('b')] })

  it('links a series, and what follows it goes along', () => {
    const linked = link([a, b, c], { links: [{ mail: id('b'), topic: toTopicId(id('a')) }] })
    expect(linksOf(linked)).toEqual(['a: a -', 'b: a manual', 'c: a reply'])
  })

  it('comes before a rule and before what was fixed', () => {
    const d = version('d', 2, { name: a.name })
    const linked = linkTopics([a, b, d], () => toTopicId(id('a')), {
      ...noCorrections,
      links: [{ mail: id('d'), topic: toTopicId(id('x')) }],
    })
    expect(linked.find(({ series }) => series === d)).toMatchObject({
      topic: toTopicId(id('x')),
      linkedBy: 'manual',
    })
  })

  it('unlinks a series, which begins a topic of its own; what follows it goes along', () => {
    const linked = link([a, version('b', 2, { answers: [id('a')] }), c], {
      links: [{ mail: id('b'), topic: toTopicId(id('b')) }],
    })
    expect(linksOf(linked)).toEqual(['a: a -', 'b: b -', 'c: b reply'])
  })

  it('names a series by any of its mails, also when its cover comes later', () => {
    const linked = link([a, b], { links: [{ mail: id('b-1'), topic: toTopicId(id('a')) }] })
    expect(linksOf(linked)).toEqual(['a: a -', 'b: a manual'])
  })

  it('holds by its last word, and no more once it is taken back', () => {
    const said = [
      { mail: id('b-1'), topic: toTopicId(id('x')) },
      { mail: id('b'), topic: toTopicId(id('a')) },
    ]
    expect(linksOf(link([a, b], { links: said }))).toEqual(['a: a -', 'b: a manual'])
    const other = said.toReversed()
    expect(linksOf(link([a, b], { links: other }))[1]).toBe(`b: ${toTopicId(id('x'))} manual`)
    const undone = [...said, { mail: id('b'), topic: null }, { mail: id('b-1'), topic: null }]
    expect(linksOf(link([a, b], { links: undone }))).toEqual(['a: a -', 'b: b -'])
  })

  it('is not said of a version that is only composed from the one it names', () => {
    const older = version('v', 5, {
      cover: null,
      anchor: id('v-1'),
      patches: patches('v', 'x', 'y'),
    })
    const composed = version('w', 5, {
      minor: 1,
      cover: null,
      patches: [...patches('w', 'z'), ...older.patches.slice(1)],
      anchor: id('w-1'),
      composedFrom: [id('w-1'), id('v-2')],
      answers: [id('v-1')],
    })
    const linked = link([a, older, composed], {
      links: [
        { mail: id('w-1'), topic: toTopicId(id('a')) },
        { mail: id('v-2'), topic: toTopicId(id('z')) },
      ],
    })
    expect(linked.find(({ series }) => series === composed)?.topic).toBe(toTopicId(id('a')))
  })
})

describe('from mails to topics', () => {
  it('links a composed version by the mail it answers', () => {
    expect(
      topicsOf(
        { id: 'a', subject: '[PATCH v5 1/2] one' },
        { id: 'b', subject: '[PATCH v5 2/2] two', answers: ['a'] },
        { id: 'a1', subject: '[PATCH v5.1 1/2] one', answers: ['a'], minute: 60 },
        { id: 'b1', subject: '[PATCH v6 2/2] two', answers: ['b'], minute: 90 },
      ),
    ).toEqual([['v5 first', 'v5.1 reply', 'v6 reply']])
  })

  it('links a renamed v3 of another thread by its diffs', () => {
    expect(
      topicsOf(
        { id: 'a', subject: '[PATCH v2] x: old name', patch: 'diff' },
        { id: 'b', subject: '[PATCH v3] y: new name', patch: 'diff', minute: 600 },
      ),
    ).toEqual([['v2 first', 'v3 patch-id']])
  })

  it('keeps two authors with one title apart', () => {
    expect(
      topicsOf(
        { id: 'a', subject: '[PATCH] fix typo' },
        { id: 'b', subject: '[PATCH v2] fix typo', by: 'bob', minute: 600 },
      ),
    ).toEqual([['v1 first'], ['v2 first']])
  })

  it('keeps one patch for two releases apart, and follows each of them', () => {
    const sketches = ['5.4', '5.10'].flatMap((release, at) => [
      { id: `a${at}`, subject: `[PATCH ${release}] fix`, patch: 'diff', minute: at },
      { id: `b${at}`, subject: `[PATCH ${release} v2] fix`, minute: 600 + at },
    ])
    expect(topicsOf(...sketches)).toEqual([
      ['v1 first', 'v2 subject'],
      ['v1 first', 'v2 subject'],
    ])
  })

  it('follows a patch from one release to the next', () => {
    expect(
      topicsOf(
        { id: 'a', subject: '[PATCH for-8.1] fix' },
        { id: 'b', subject: '[PATCH for-8.2 v2] fix', minute: 600 },
      ),
    ).toEqual([['v1 first', 'v2 subject']])
  })

  it('keeps another series that answers a cover apart', () => {
    expect(
      topicsOf(
        { id: 'c', subject: '[PATCH 0/1] one' },
        { id: 'a', subject: '[PATCH 1/1] one', answers: ['c'] },
        { id: 'b', subject: '[PATCH 1/2] two', answers: ['c'], minute: 60 },
        { id: 'd', subject: '[PATCH 2/2] three', answers: ['c'], minute: 60 },
      ),
    ).toEqual([['v1 first'], ['v1 first']])
  })
})
