import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MessageId, type TopicId, toTopicId } from '../../../src/core/ids.ts'
import type { SeriesRecord } from '../../../src/core/records.ts'
import type { RelativesQuery, Store, StoreTransaction } from '../../../src/store/store.ts'
import {
  after,
  id,
  ids,
  noon,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
  sampleTopicId,
} from '../samples.ts'
import type { GetHarness } from './harness.ts'

function patch(name: string, patchId: string | null = null): SeriesRecord['series']['patches'][0] {
  return { number: 1, messageId: id(name), subject: name, patchId, trailers: [] }
}

async function replace(
  store: Store,
  ownMails: readonly MessageId[],
  ...series: readonly SeriesRecord[]
): Promise<void> {
  await store.transaction((tx) => tx.replaceSeries(ownMails, series))
}

function anchors(records: readonly SeriesRecord[]): readonly MessageId[] {
  return records.map(({ series }) => series.anchor)
}

/** No two with the same anchor and version, which cannot be. */
function uniqueVersions(records: readonly SeriesRecord[]): readonly SeriesRecord[] {
  return [
    ...new Map(records.map((one) => [`${one.series.anchor} ${one.series.version}`, one])).values(),
  ]
}

const nothing: RelativesQuery = {
  messageIds: [],
  changeId: null,
  submitter: 'nobody@example.org',
  titles: ['nothing'],
  startedAt: noon,
  patchIds: [],
}

/** Everything that is asked of the store when series are assembled, of all series at once. */
async function askAll(
  tx: StoreTransaction,
  records: readonly SeriesRecord[],
): Promise<readonly unknown[]> {
  const answers: unknown[] = []
  for (const { series, topic } of records) {
    answers.push(
      anchors(
        await tx.relatives({
          messageIds: [series.anchor, ...series.answers],
          changeId: series.changeId,
          submitter: series.submitter.address,
          titles: [series.name],
          startedAt: series.startedAt,
          patchIds: series.patches.flatMap(({ patchId }) => patchId ?? []),
        }),
      ),
      anchors(await tx.seriesTouching([series.anchor])),
      anchors(await tx.seriesOfTopic(topic)),
      (await tx.topic(topic))?.slug ?? null,
    )
  }
  return answers
}

export function describeSeries(get: GetHarness): void {
  describe('series', () => {
    it('that were expected are found as others are, whatever is written meanwhile', async () => {
      const { store } = get()
      let round = 0
      const one = fc.record({
        anchor: fc.nat(5),
        version: fc.integer({ min: 1, max: 2 }),
        title: fc.nat(3),
        patchId: fc.nat(3),
        answers: fc.array(fc.nat(5), { maxLength: 1 }),
        topic: fc.nat(5),
        isSaved: fc.boolean(),
      })
      const steps = fc.array(fc.array(one, { maxLength: 3 }), { minLength: 1, maxLength: 5 })
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(4), async (batches, storedBefore) => {
          const outcomes: unknown[] = []
          for (const isExpected of [false, true]) {
            round += 1
            const run = round
            function name(kind: string, n: number): string {
              return `${kind}-${run}-${n}`
            }
            const written = batches.map((batch) =>
              batch.map((each) =>
                sampleSeriesRecord(
                  sampleSeries(id(name('mail', each.anchor)), {
                    version: each.version,
                    name: name('title', each.title),
                    patches: [patch(name('mail', each.anchor), name('diff', each.patchId))],
                    answers: each.answers.map((n) => id(name('mail', n))),
                  }),
                  { topic: toTopicId(id(name('mail', each.topic))) },
                ),
              ),
            )
            const all = written.flat()
            async function write(tx: StoreTransaction, at: number): Promise<void> {
              const batch = written[at] ?? []
              await tx.replaceSeries(anchors(batch), uniqueVersions(batch))
              for (const [n, { topic }] of batch.entries()) {
                if (batches[at]?.[n]?.isSaved === true) {
                  await tx.saveTopic(sampleTopic(topic))
                }
              }
            }
            for (let at = 0; at < Math.min(storedBefore, batches.length); at += 1) {
              await store.transaction((tx) => write(tx, at))
            }
            await store.transaction(async (tx) => {
              if (isExpected) {
                await tx.expectSeries(
                  all.map(({ series }) => series),
                  anchors(all),
                )
              }
              for (let at = storedBefore; at < batches.length; at += 1) {
                await write(tx, at)
                const answers = JSON.stringify(await askAll(tx, all))
                outcomes.push(answers.replaceAll(`-${round}-`, '-'))
              }
            })
          }
          expect(outcomes.slice(outcomes.length / 2)).toEqual(
            outcomes.slice(0, outcomes.length / 2),
          )
        }),
        { numRuns: Number(process.env['PATCHFERRY_STORE_RUNS'] ?? 40) },
      )
    })

    it('that no project takes are listed, the last first, and counted by the reason why', async () => {
      const { store } = get()
      const facts = [
        { name: 'a', project: null, routing: 'no list', at: 1 },
        { name: 'b', project: 'hello', routing: 'a list', at: 2 },
        { name: 'c', project: null, routing: 'no list', at: 4 },
        { name: 'd', project: null, routing: 'ignored', at: 3 },
      ]
      const records = facts.map(({ name, project, routing, at }) =>
        sampleSeriesRecord(sampleSeries(id(name), { patches: [patch(name)] }), {
          project,
          routing,
          list: null,
          updatedAt: after(at),
        }),
      )
      await replace(store, ids('a', 'b', 'c', 'd'), ...records)
      const found = await store.read(async (reader) => ({
        all: anchors(await reader.unroutedSeries(10)),
        two: anchors(await reader.unroutedSeries(2)),
        counts: [...(await reader.unroutedCounts())],
      }))
      expect(found).toEqual({
        all: ids('c', 'd', 'a'),
        two: ids('c', 'd'),
        counts: [
          ['no list', 2],
          ['ignored', 1],
        ],
      })
    })

    it('come back as they were, by anchor and by every mail of their own', async () => {
      const { store } = get()
      const record = sampleSeriesRecord(
        sampleSeries(id('cover'), {
          cover: id('cover'),
          patches: [patch('p1', sampleSha('p1')), patch('p2')],
          replies: ids('reply'),
          answers: ids('v1'),
          startedAt: after(1),
          composedFrom: ids('p2'),
          problems: [{ code: 'number-above-total', message: '3 of 2' }],
        }),
        { linkedBy: 'reply', project: null, list: null, isSilent: true, updatedAt: after(7) },
      )
      await replace(store, ids('cover', 'p1', 'p2'), record)
      for (const own of ids('cover', 'p1', 'p2')) {
        expect(await store.read((reader) => reader.seriesOf(own))).toEqual(record)
      }
      expect(await store.read((reader) => reader.seriesByAnchor(id('cover')))).toEqual(record)
      for (const other of ids('reply', 'v1', 'nobody')) {
        expect(await store.read((reader) => reader.seriesOf(other))).toBeNull()
      }
      expect(await store.read((reader) => reader.seriesByAnchor(id('p1')))).toBeNull()
    })

    it('tell whether an address is known from another topic', async () => {
      const { store } = get()
      const record = sampleSeriesRecord(
        sampleSeries(id('v1'), { submitter: { name: 'Ada', address: 'Ada@Example.org' } }),
      )
      await replace(store, ids('v1'), record)
      async function isKnown(address: string, topic: TopicId): Promise<boolean> {
        return store.read((reader) => reader.hasOtherTopic(address, topic))
      }

      expect(await isKnown('ada@example.org', record.topic)).toBe(false)
      expect(await isKnown('ada@example.org', sampleTopicId('another'))).toBe(true)
      expect(await isKnown('bob@example.org', sampleTopicId('another'))).toBe(false)
    })

    it('replace those that had one of the mails as their own, and no others', async () => {
      const { store } = get()
      const old = sampleSeriesRecord(sampleSeries(id('p1'), { patches: [patch('p1')] }))
      const other = sampleSeriesRecord(
        sampleSeries(id('p9'), { patches: [patch('p9')], answers: ids('p1') }),
      )
      await replace(store, ids('p1', 'p9'), old, other)
      const whole = sampleSeriesRecord(
        sampleSeries(id('cover'), { cover: id('cover'), patches: [patch('p1'), patch('p2')] }),
      )
      await replace(store, ids('cover', 'p1', 'p2'), whole)
      const found = await store.read(async (reader) => [
        await reader.seriesByAnchor(id('p1')),
        await reader.seriesOf(id('p1')),
        await reader.seriesOf(id('p9')),
      ])
      expect(found).toEqual([null, whole, other])
      await replace(store, ids('cover'))
      expect(await store.read((reader) => reader.seriesOf(id('p2')))).toBeNull()
    })

    it('may be replaced by themselves with another judgement', async () => {
      const { store } = get()
      const series = sampleSeries(id('p1'), { answers: ids('v1') })
      const moved = sampleSeriesRecord(series, {
        topic: sampleTopicId('other'),
        linkedBy: 'manual',
        digest: 'new',
        updatedAt: after(9),
      })
      await replace(store, ids('p1'), sampleSeriesRecord(series))
      await replace(store, ids('p1'), moved)
      const found = await store.read(async (reader) => [
        await reader.seriesTouching(ids('v1')),
        await reader.seriesOfTopic(sampleTopicId(id('p1'))),
      ])
      expect(found).toEqual([[moved], []])
    })

    it('of several that have a mail, the newest version is the one it belongs to', async () => {
      const { store } = get()
      const versions = [
        sampleSeries(id('v5'), { version: 5, patches: [patch('v5'), patch('shared')] }),
        sampleSeries(id('v6'), { version: 6, patches: [patch('v6'), patch('shared')] }),
        sampleSeries(id('v5.1'), {
          version: 5,
          minor: 1,
          patches: [patch('v5.1'), patch('shared')],
        }),
      ].map((series) => sampleSeriesRecord(series, { topic: sampleTopicId('t') }))
      await replace(store, ids('v5', 'v5.1', 'v6', 'shared'), ...versions)
      const newest = await store.read((reader) => reader.seriesOf(id('shared')))
      expect(newest?.series.anchor).toBe(id('v6'))
      const topic = await store.read((reader) => reader.seriesOfTopic(sampleTopicId('t')))
      expect(anchors(topic)).toEqual(ids('v5', 'v5.1', 'v6'))
    })

    it('touch the mails that are their own and those they answer, earliest first', async () => {
      const { store } = get()
      const first = sampleSeriesRecord(sampleSeries(id('p1'), { startedAt: after(1) }))
      const second = sampleSeriesRecord(
        sampleSeries(id('p2'), { answers: ids('p1', 'gone'), startedAt: after(2) }),
      )
      await replace(store, ids('p1', 'p2'), second, first)
      const touched = await store.read(async (reader) => [
        anchors(await reader.seriesTouching(ids('p1'))),
        anchors(await reader.seriesTouching(ids('gone', 'unknown'))),
        anchors(await reader.seriesTouching(ids('p2', 'p1', 'gone'))),
        anchors(await reader.seriesTouching([])),
      ])
      expect(touched).toEqual([ids('p1', 'p2'), ids('p2'), ids('p1', 'p2'), []])
    })

    it('are found by the patches they hold, whoever sent them', async () => {
      const { store } = get()
      const [ann, bob] = ['ann', 'bob'].map((name, index) =>
        sampleSeriesRecord(
          sampleSeries(id(name), {
            submitter: { name, address: `${name}@example.org` },
            patches: [{ ...patch(name), patchId: `${index}`.repeat(40) }],
            startedAt: after(index),
          }),
        ),
      )
      await replace(store, ids('ann', 'bob'), ...[ann, bob].flatMap((one) => one ?? []))
      const found = await store.read(async (reader) => [
        anchors(await reader.seriesWithPatches(['1'.repeat(40), 'f'.repeat(40)])),
        anchors(await reader.seriesWithPatches(['0'.repeat(40), '1'.repeat(40)])),
        anchors(await reader.seriesWithPatches([])),
      ])
      expect(found).toEqual([ids('bob'), ids('ann', 'bob'), []])
    })

    it('are found by what they say they are built on', async () => {
      const { store } = get()
      const patchId = 'e'.repeat(40)
      const named = sampleSeriesRecord(sampleSeries(id('named'), { dependsOn: ids('p1', 'p1') }))
      const listed = sampleSeriesRecord(
        sampleSeries(id('listed'), { prerequisitePatchIds: [patchId], startedAt: after(1) }),
      )
      await replace(store, ids('named', 'listed'), named, listed)
      expect(
        await store.read(async (reader) => [
          anchors(await reader.seriesBuiltOn(ids('p1', 'p2'), [patchId])),
          anchors(await reader.seriesBuiltOn(ids('p1'), [])),
          anchors(await reader.seriesBuiltOn(ids(patchId), [])),
          anchors(await reader.seriesBuiltOn([], [])),
        ]),
      ).toEqual([ids('named', 'listed'), ids('named'), [], []])

      await replace(store, ids('named'))
      expect(anchors(await store.read((reader) => reader.seriesBuiltOn(ids('p1'), [])))).toEqual([])
    })

    it.each<[string, Partial<RelativesQuery>, readonly string[]]>([
      ['nothing in common', {}, []],
      ['a mail', { messageIds: ids('named') }, ['named']],
      ['an answered mail', { messageIds: ids('v1') }, ['answering']],
      ['the change-id, whoever sent it', { changeId: 'I123' }, ['changed']],
      [
        'submitter and name',
        { submitter: 'ADA@example.org', titles: ['mend the pump'] },
        ['named'],
      ],
      [
        'submitter and the title of a patch',
        { submitter: 'ada@example.org', titles: ['x', 'More'] },
        ['patched'],
      ],
      [
        'a title more than a year later',
        {
          submitter: 'ada@example.org',
          titles: ['mend the pump'],
          startedAt: new Date(noon.getTime() + 400 * 86_400_000),
        },
        [],
      ],
      [
        'a title at an unknown time',
        { submitter: 'ada@example.org', titles: ['mend the pump'], startedAt: new Date(0) },
        ['named'],
      ],
      ['the name alone', { titles: ['mend the pump'] }, []],
      ['the submitter alone', { submitter: 'ada@example.org' }, []],
      [
        'submitter and a patch',
        { submitter: 'ada@example.org', patchIds: [sampleSha('q'), sampleSha('diff')] },
        ['patched'],
      ],
      ['a patch of somebody else', { patchIds: [sampleSha('diff')] }, []],
      [
        'several things',
        {
          messageIds: ids('v1', 'named'),
          changeId: 'I123',
          submitter: 'ada@example.org',
          titles: ['mend the pump'],
        },
        ['named', 'answering', 'changed'],
      ],
    ])('are relatives by %s', async (_name, query, expected) => {
      const { store } = get()
      const all = [
        sampleSeries(id('named'), { name: 'Mend  the\tPump', startedAt: after(1) }),
        sampleSeries(id('answering'), {
          name: 'b',
          patches: [patch('answering')],
          answers: ids('v1'),
          startedAt: after(2),
        }),
        sampleSeries(id('changed'), {
          name: 'c',
          changeId: 'I123',
          submitter: { name: '', address: 'bo@example.org' },
          startedAt: after(3),
        }),
        sampleSeries(id('patched'), {
          name: 'd',
          patches: [patch('patched', sampleSha('diff')), patch('more', sampleSha('diff'))],
          startedAt: after(4),
        }),
      ].map((series) => sampleSeriesRecord(series))
      await replace(store, ids('named', 'answering', 'changed', 'patched'), ...all)
      const found = await store.read((reader) => reader.relatives({ ...nothing, ...query }))
      expect(anchors(found)).toEqual(ids(...expected))
    })
  })
}
