import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TopicId, toTopicId } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import { assembleThread, type ThreadAssembly } from '../../../src/core/series/assemble-thread.ts'
import { carryTrailers } from '../../../src/core/series/carry-trailers.ts'
import { linkReader, placesOf } from '../../../src/core/series/corrections.ts'
import {
  type Corrections,
  type LinkedSeries,
  noCorrections,
  ownMails,
  type Series,
} from '../../../src/core/series/series.ts'
import { threadComponents } from '../../../src/core/series/thread.ts'
import { linkTopics } from '../../../src/core/topic/link-topics.ts'
import { anyId, anyMails } from '../../support/any-mails.ts'

function assembleAll(
  mails: readonly Message[],
  corrections: Corrections = noCorrections,
): readonly ThreadAssembly[] {
  return threadComponents(mails, undefined, placesOf(corrections)).map((thread) =>
    assembleThread(thread, corrections, { quietMs: 0, now: null }),
  )
}

function linkAll(
  assemblies: readonly ThreadAssembly[],
  corrections: Corrections = noCorrections,
): readonly LinkedSeries[] {
  return linkTopics(
    assemblies.flatMap(({ series }) => series),
    () => null,
    corrections,
  )
}

/** Up to five words about each, often about mails that are not there, and words that are taken back. */
const anyCorrections: fc.Arbitrary<Corrections> = fc.record({
  links: fc.array(
    fc.record({
      mail: anyId,
      topic: fc.option(fc.oneof(anyId.map(toTopicId), fc.constant('fixedfixed12' as TopicId))),
    }),
    { maxLength: 5 },
  ),
  places: fc.array(fc.record({ mail: anyId, to: fc.option(anyId) }), { maxLength: 5 }),
})

const shuffled = anyMails.chain((mails) =>
  fc.tuple(
    fc.constant(mails),
    fc.shuffledSubarray([...mails], { minLength: mails.length, maxLength: mails.length }),
  ),
)

/** Mails of a series that are its own and of no older version. */
function newMails(series: Series): readonly string[] {
  return series.composedFrom === null ? ownMails(series) : [series.anchor]
}

describe('for any mails', () => {
  it('every order of arrival gives the same series, other mails, decisions and topics', () => {
    fc.assert(
      fc.property(shuffled, ([mails, other]) => {
        const one = assembleAll(mails)
        const two = assembleAll(other)
        expect(two).toEqual(one)
        expect(linkAll(two)).toEqual(linkAll(one))
      }),
      { numRuns: 300 },
    )
  })

  it('every order of arrival gives the same with whatever people said', () => {
    fc.assert(
      fc.property(shuffled, anyCorrections, ([mails, other], said) => {
        const one = assembleAll(mails, said)
        const two = assembleAll(other, said)
        expect(two).toEqual(one)
        expect(linkAll(two, said)).toEqual(linkAll(one, said))
        const series = one.flatMap((assembly) => assembly.series)
        const fresh = series.flatMap(newMails)
        expect(new Set(fresh).size).toBe(fresh.length)
        const places = one.flatMap((assembly) => [
          ...assembly.series.flatMap(newMails),
          ...assembly.others.map(({ messageId }) => `${messageId}`),
        ])
        expect(new Set(places).size).toBe(places.length)
        for (const { patches } of series) {
          const numbers = patches.map(({ number }) => number)
          expect(new Set(numbers).size).toBe(numbers.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('a series that a person linked is in that topic, and one that nobody named follows the rules', () => {
    fc.assert(
      fc.property(anyMails, anyCorrections, (mails, { links }) => {
        const said = { ...noCorrections, links }
        const assemblies = assembleAll(mails)
        const byRule = new Map(linkAll(assemblies).map((one) => [one.series.anchor, one]))
        const isNamed = linkReader(said)
        const linked = linkAll(assemblies, said)
        const named = linked.filter(({ series }) => isNamed(series) !== null)
        expect(named.map(({ topic }) => topic)).toEqual(
          named.map(({ series }) => isNamed(series)?.topic),
        )
        expect(named.map(({ linkedBy }) => linkedBy === 'manual')).toEqual(
          named.map(({ series, topic }) => topic !== toTopicId(series.anchor)),
        )
        const others = named.length > 0 ? [] : linked
        expect(others.map(({ topic }) => topic)).toEqual(
          others.map(({ series }) => byRule.get(series.anchor)?.topic),
        )
      }),
    )
  })

  it('what was taken back was never said', () => {
    fc.assert(
      fc.property(anyMails, anyCorrections, (mails, said) => {
        const undone = {
          links: [...said.links, ...said.links.map(({ mail }) => ({ mail, topic: null }))],
          places: [...said.places, ...said.places.map(({ mail }) => ({ mail, to: null }))],
        }
        expect(assembleAll(mails, undone)).toEqual(assembleAll(mails))
        expect(linkAll(assembleAll(mails), undone)).toEqual(linkAll(assembleAll(mails)))
      }),
    )
  })

  it('every order of series gives the same topics', () => {
    const shuffledSeries = anyMails
      .map((mails) => assembleAll(mails).flatMap(({ series }) => series))
      .chain((series) =>
        fc.tuple(
          fc.constant(series),
          fc.shuffledSubarray([...series], { minLength: series.length }),
        ),
      )
    fc.assert(
      fc.property(shuffledSeries, ([series, other]) => {
        expect(linkTopics(other, () => null, noCorrections)).toEqual(
          linkTopics(series, () => null, noCorrections),
        )
      }),
    )
  })

  it('every mail is in exactly one place and has a decision', () => {
    fc.assert(
      fc.property(anyMails, (mails) => {
        for (const thread of threadComponents(mails)) {
          const { series, others, decisions } = assembleThread(thread, noCorrections, {
            quietMs: 0,
            now: new Date(0),
          })
          const places = [
            ...series.flatMap(ownMails),
            ...others.map(({ messageId }) => `${messageId}`),
          ]
          const ids = thread.map(({ messageId }) => messageId)
          expect(places.toSorted()).toEqual(ids.toSorted())
          const placed = decisions.filter(({ rule }) => !rule.startsWith('trailers-'))
          expect(placed.map(({ messageId }) => messageId).toSorted()).toEqual(ids.toSorted())
        }
      }),
    )
  })

  it('numbers are unique and in order, what is missing is missing, anchors are unique', () => {
    fc.assert(
      fc.property(anyMails, (mails) => {
        const series = assembleAll(mails).flatMap((assembly) => assembly.series)
        for (const { patches, missing, complete, total } of series) {
          const numbers = patches.map(({ number }) => number)
          expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
          const upToTotal = numbers.filter((number) => number <= (total ?? 0))
          expect([...upToTotal, ...missing].toSorted((a, b) => a - b)).toEqual(
            Array.from({ length: total ?? 0 }, (_, index) => index + 1),
          )
          expect(complete).toBe(missing.length === 0)
        }
        const anchors = series.map(({ anchor }) => anchor)
        expect(new Set(anchors).size).toBe(anchors.length)
        const fresh = series.flatMap(newMails)
        expect(new Set(fresh).size).toBe(fresh.length)
      }),
    )
  })

  it('a topic has one first version, and a fixed id stays whatever else is linked', () => {
    fc.assert(
      fc.property(anyMails, fc.nat(20), (mails, at) => {
        const assemblies = assembleAll(mails)
        const linked = linkAll(assemblies)
        for (const topic of new Set(linked.map((one) => one.topic))) {
          const versions = linked.filter((one) => one.topic === topic)
          expect(versions.map(({ linkedBy }) => linkedBy === null)).toEqual(
            versions.map((_, index) => index === 0),
          )
        }
        const chosen = linked[at % Math.max(1, linked.length)]?.series.anchor
        const again = linkTopics(
          assemblies.flatMap(({ series }) => series),
          ({ anchor }) => (anchor === chosen ? ('fixedfixed12' as TopicId) : null),
          noCorrections,
        )
        expect(again.find(({ series }) => series.anchor === chosen)?.topic).toBe(
          chosen === undefined ? undefined : 'fixedfixed12',
        )
      }),
    )
  })

  it('linking again, and carrying trailers again, changes nothing', () => {
    fc.assert(
      fc.property(anyMails, (mails) => {
        const linked = linkAll(assembleAll(mails))
        const series = linked.map((one) => one.series)
        expect(linkTopics(series, () => null, noCorrections)).toEqual(linked)
        const carried = carryTrailers(series)
        expect(carryTrailers(carried)).toEqual(carried)
      }),
    )
  })
})
