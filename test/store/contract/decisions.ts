import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText } from '../../../src/core/clean-json.ts'
import type { Decision } from '../../../src/core/decision.ts'
import type { MessageId, TopicId } from '../../../src/core/ids.ts'
import type { DecisionEntry, JournalDecision } from '../../../src/core/journal-entry.ts'
import type { Store } from '../../../src/store/store.ts'
import { after, id, ids, noon, sampleSha, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

const topic = sampleTopicId('topic')

const decision: Decision = {
  at: noon,
  messageId: id('p1'),
  topic,
  version: '2',
  step: 'base',
  rule: 'blob-index',
  inputs: { candidates: ['main'], files: { 'pump.c': 'abc' }, depth: 3 },
  result: 'abc',
}

interface Names {
  readonly idOf: (mail: string) => MessageId
  readonly topicOf: (name: string) => TopicId
}

/** Those of no other round. */
function namesOf(round: number): Names {
  return {
    idOf: (mail) => id(`${mail} ${round}`),
    topicOf: (name) => sampleTopicId(`${name} ${round}`),
  }
}

/** As every store keeps it. */
function cleaned(one: Decision): Decision {
  return { ...one, messageId: one.messageId && (cleanText(one.messageId) as MessageId) }
}

const journalDecisions: readonly JournalDecision[] = [
  { kind: 'approve', topic, version: '2', head: sampleSha('head') },
  { kind: 'withdraw', topic, version: '2', reason: 'sent in error' },
  { kind: 'link', mail: id('p1'), topic, reason: 'a resend' },
  { kind: 'unlink', mail: id('p1'), topic, reason: '' },
  { kind: 'split', mail: id('p1'), to: id('p1'), topic, reason: '' },
  { kind: 'split', mail: id('p1'), to: id('p2'), topic: null, reason: '' },
  { kind: 'undo', of: 'split', mails: [id('p1')], reason: '' },
  { kind: 'opt-out', address: 'ada@example.org', isOut: true },
  { kind: 'release', key: 'k', reason: 'looks right' },
  { kind: 'drop', key: 'k', reason: 'looks wrong' },
  { kind: 'quarantine-seen', mails: [sampleSha('broken')], reason: 'spam' },
  { kind: 'import', paths: ['/a'], since: after(1) },
  { kind: 'import', paths: ['/b'], since: null },
  {
    kind: 'bounce',
    key: 'k',
    address: 'ada@example.org',
    isPermanent: true,
    status: '5.1.1',
    reason: 'user unknown',
    bounce: id('bounce'),
  },
  { kind: 'restore', madeAt: after(1) },
  { kind: 'silence', address: 'ada@example.org', until: after(2) },
  { kind: 'topic', topic, project: 'pump', slug: 'mend-the-pump', mails: ids('p1', 'p2') },
]

export function describeDecisions(get: GetHarness): void {
  describe('decisions', () => {
    it('are found by their topic and by their own mail, oldest first', async () => {
      const { store } = get()
      const later = { ...decision, at: after(2), messageId: null, step: 'verdict' } as const
      const parsed = {
        ...decision,
        at: after(1),
        topic: null,
        version: null,
        step: 'parse',
      } as const
      const sameTime = { ...decision, rule: 'second' }
      await store.transaction(async (tx) => {
        for (const each of [later, parsed, decision, sameTime]) {
          await tx.addDecision(each)
        }
      })
      const found = await store.read(async (reader) => [
        await reader.decisions({ topic }),
        await reader.decisions({ messageId: id('p1') }),
        await reader.decisions({ topic: sampleTopicId('other') }),
        await reader.decisions({ messageId: id('nobody') }),
      ])
      expect(found).toEqual([[decision, sameTime, later], [decision, sameTime, parsed], [], []])
    })

    it('name their mail in full, however long its id', async () => {
      const { store } = get()
      const long = { ...decision, messageId: id('x'.repeat(5000)) }
      await store.transaction((tx) => tx.addDecision(long))
      expect(await store.read((reader) => reader.decisions({ topic }))).toEqual([long])
    })
  })

  describe('decisions that are added together', () => {
    it('are found as if each were alone', async () => {
      const { store } = get()
      // A long id is kept otherwise, and another has what no text keeps.
      const mails = ['p1', 'p2', 'x'.repeat(600), 'p\0\ud800']
      const topics = ['one', 'two']
      const drawn = fc.record({
        minute: fc.integer({ min: 0, max: 3 }),
        mail: fc.constantFrom(null, ...mails),
        topic: fc.constantFrom(null, ...topics),
        result: fc.constantFrom('', 'Größe "人"', '[{"topic":null}]'),
      })
      let round = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(drawn, { maxLength: 12 }), { maxLength: 6 }),
          async (batches) => {
            round += 1
            const { idOf, topicOf } = namesOf(round)
            const stored: Decision[] = []
            for (const batch of batches) {
              const added = batch.map(({ minute, mail, topic: name, result }, n) => ({
                ...decision,
                at: after(minute),
                messageId: mail === null ? null : idOf(mail),
                topic: name === null ? null : topicOf(name),
                inputs: { n: stored.length + n },
                result,
              }))
              await store.transaction((tx) => tx.addDecisions(added))
              stored.push(...added)
            }
            const inOrder = stored.toSorted((a, b) => a.at.getTime() - b.at.getTime()).map(cleaned)
            await store.read(async (reader) => {
              for (const name of [...topics, 'other'].map(topicOf)) {
                expect(await reader.decisions({ topic: name })).toEqual(
                  inOrder.filter((one) => one.topic === name),
                )
              }
              for (const messageId of [...mails, 'other'].map(idOf)) {
                expect(await reader.decisions({ messageId })).toEqual(
                  inOrder.filter((one) => one.messageId === cleanText(messageId)),
                )
              }
            })
          },
        ),
        { numRuns: Number(process.env['PATCHFERRY_DECISION_RUNS'] ?? 10) },
      )
    })

    it('may be very many, of a thread with as many mails', async () => {
      const { store } = get()
      const many = Array.from({ length: 500 }, (_, n) => ({
        ...decision,
        messageId: id(`m${n}`),
        topic: n < 3 ? topic : null,
      }))
      await store.transaction((tx) => tx.addDecisions(many))
      const found = await store.read(async (reader) => [
        await reader.decisions({ topic }),
        await reader.decisions({ messageId: id('m0') }),
        await reader.decisions({ messageId: id('m499') }),
      ])
      expect(found).toEqual([many.slice(0, 3), many.slice(0, 1), many.slice(-1)])
    })

    it('may be none', async () => {
      const { store } = get()
      await store.transaction((tx) => tx.addDecisions([]))
      expect(await store.read((reader) => reader.decisions({ topic }))).toEqual([])
    })
  })

  describe('decisions of people', () => {
    it('come back by kind, oldest first', async () => {
      const { store } = get()
      const entries = journalDecisions.map((each, n) => ({
        at: after(100 - n),
        by: 'Bo',
        decision: each,
      }))
      await store.transaction(async (tx) => {
        for (const entry of entries) {
          expect(await tx.addHumanDecision(entry)).toBe(true)
        }
      })
      for (const { kind } of journalDecisions) {
        const expected = entries.filter((entry) => entry.decision.kind === kind).reverse()
        expect(await store.read((reader) => reader.humanDecisions(kind))).toEqual(expected)
      }
    })

    it('are those of the moment, though they are not read each time', async () => {
      const { store, openAgain } = get()
      const other = await openAgain()
      function entry(by: string): DecisionEntry {
        return { at: noon, by, decision: { kind: 'import', paths: ['/a'], since: null } }
      }
      async function known(at: Store): Promise<readonly string[]> {
        const found = await at.read((reader) => reader.humanDecisions('import'))
        return found.map(({ by }) => by)
      }
      expect(await known(store)).toEqual([])
      await other.transaction((tx) => tx.addHumanDecision(entry('Bo')))
      expect(await known(store)).toEqual(['Bo'])
      const undone = store.transaction(async (tx): Promise<void> => {
        await tx.addHumanDecision(entry('Cy'))
        expect(await tx.humanDecisions('import')).toHaveLength(2)
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      expect(await known(store)).toEqual(['Bo'])
      // It takes the place that the undone one had.
      await store.transaction((tx) => tx.addHumanDecision(entry('Di')))
      expect(await known(store)).toEqual(['Bo', 'Di'])
      expect(await known(other)).toEqual(['Bo', 'Di'])
    })

    it('are one entry however often they are read again', async () => {
      const { store } = get()
      const entry: DecisionEntry = {
        at: noon,
        by: 'Bo',
        decision: { kind: 'import', paths: ['/a', '/b'], since: after(1) },
      }
      const reordered: DecisionEntry = {
        decision: { since: after(1), paths: ['/a', '/b'], kind: 'import' },
        by: 'Bo',
        at: noon,
      }
      const added = await store.transaction(async (tx) => [
        await tx.addHumanDecision(entry),
        await tx.addHumanDecision(entry),
        await tx.addHumanDecision(reordered),
        await tx.addHumanDecision({ ...entry, at: after(1) }),
        await tx.addHumanDecision({ ...entry, by: 'Cy' }),
        await tx.addHumanDecision({
          ...entry,
          decision: { kind: 'import', paths: ['/b', '/a'], since: after(1) },
        }),
      ])
      expect(added).toEqual([true, false, false, true, true, true])
      expect(await store.read((reader) => reader.humanDecisions('import'))).toHaveLength(4)
    })
  })
}
