import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type MessageId,
  type Sha,
  type TopicId,
  toMessageId,
  toTopicId,
} from '../../src/core/ids.ts'
import type { DecisionEntry, JournalDecision, SentEntry } from '../../src/core/journal-entry.ts'
import type { ReportKind } from '../../src/core/project.ts'
import type { Journal } from '../../src/git/journal.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { signal } = new AbortController()

export type OpenJournal = (directory: string) => Promise<Journal>

export function sentEntryOf(change: Partial<SentEntry> = {}): SentEntry {
  const messageId = toMessageId('<report-1@example.org>')
  return {
    at: new Date('2024-02-03T04:05:06.789Z'),
    key: 'report/1',
    event: 'intended',
    messageId,
    project: 'demo',
    topic: toTopicId(messageId),
    version: '5.1',
    head: 'a'.repeat(40) as Sha,
    kind: 'failure',
    mail: {
      messageId,
      inReplyTo: toMessageId('<patch@example.org>'),
      references: [toMessageId('<cover@example.org>'), toMessageId('<patch@example.org>')],
      from: { name: 'Patchferry', address: 'bot@example.org' },
      to: [{ name: 'Ada Áuthor', address: 'ada@example.org' }],
      cc: [],
      subject: 'Re: [PATCH] fix\nBy: nobody',
      date: new Date('2024-02-03T04:05:06Z'),
      text: 'Tests failed.\n\n> quoted\n',
      headers: { 'Auto-Submitted': 'auto-generated' },
    },
    note: '',
    ...change,
  }
}

const anyTime = fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
const anyText = fc.string({ unit: 'binary' })
const anyId = anyText.map((text) => text as MessageId)
const anyTopic = anyText.map((text) => text as TopicId)
const anySha = fc.constantFrom('a'.repeat(40) as Sha, 'b'.repeat(64) as Sha)
const anyMailbox = fc.record({ name: anyText, address: anyText })

const anySent: fc.Arbitrary<SentEntry> = fc.record({
  at: anyTime,
  key: anyText,
  event: fc.constantFrom('intended', 'deferred', 'handed-over', 'seen', 'rejected', 'unknown'),
  messageId: anyId,
  project: anyText,
  topic: fc.option(anyTopic),
  version: fc.option(anyText),
  head: fc.option(anySha),
  kind: fc.constantFrom<ReportKind[]>(
    'success',
    'failure',
    'error',
    'conflict',
    'base-missing',
    'held',
    'problem',
  ),
  mail: fc.option(
    fc.record({
      messageId: anyId,
      inReplyTo: fc.option(anyId),
      references: fc.array(anyId),
      from: anyMailbox,
      to: fc.array(anyMailbox),
      cc: fc.array(anyMailbox),
      subject: anyText,
      date: anyTime,
      text: anyText,
      headers: fc.dictionary(fc.stringMatching(/^X-[A-Za-z]+$/), anyText, {
        noNullPrototype: true,
      }),
    }),
  ),
  note: anyText,
})

const anyDecision: fc.Arbitrary<JournalDecision> = fc.oneof(
  fc.record({
    kind: fc.constant('approve' as const),
    topic: anyTopic,
    version: anyText,
    head: anySha,
  }),
  fc.record({
    kind: fc.constant('withdraw' as const),
    topic: anyTopic,
    version: anyText,
    reason: anyText,
  }),
  fc.record({
    kind: fc.constantFrom('link' as const, 'unlink' as const),
    mail: anyId,
    topic: anyTopic,
    reason: anyText,
  }),
  fc.record({
    kind: fc.constant('split' as const),
    mail: anyId,
    to: anyId,
    topic: fc.option(anyTopic),
    reason: anyText,
  }),
  fc.record({
    kind: fc.constant('undo' as const),
    of: fc.constantFrom('link' as const, 'split' as const),
    mails: fc.array(anyId),
    reason: anyText,
  }),
  fc.record({ kind: fc.constant('opt-out' as const), address: anyText, isOut: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom('release' as const, 'drop' as const),
    key: anyText,
    reason: anyText,
  }),
  fc.record({
    kind: fc.constant('import' as const),
    paths: fc.array(anyText),
    since: fc.option(anyTime),
  }),
  fc.record({
    kind: fc.constant('bounce' as const),
    key: anyText,
    address: anyText,
    isPermanent: fc.boolean(),
    status: fc.option(anyText),
    reason: anyText,
    bounce: fc.option(anyId),
  }),
  fc.record({ kind: fc.constant('restore' as const), madeAt: anyTime }),
  fc.record({ kind: fc.constant('silence' as const), address: anyText, until: anyTime }),
  fc.record({
    kind: fc.constant('topic' as const),
    topic: anyTopic,
    project: anyText,
    slug: anyText,
    mails: fc.array(anyId),
  }),
)

const anyDecisionEntry: fc.Arbitrary<DecisionEntry> = fc.record({
  at: anyTime,
  by: anyText,
  decision: anyDecision,
})

async function all<T>(entries: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const entry of entries) {
    found.push(entry)
  }
  return found
}

/** What every Journal must do. `open` may be called several times on one folder. */
export function describeJournalContract(name: string, open: OpenJournal): void {
  describe(`${name} keeps the journal contract`, () => {
    async function openIn(directory: string): Promise<Journal> {
      const journal = await open(directory)
      onTestFinished(() => journal.close())
      return journal
    }

    it('is empty at first', async () => {
      const journal = await openIn(`${temporaryFolder()}/journal`)

      expect(await all(journal.sent(signal))).toEqual([])
      expect(await all(journal.decisions(signal))).toEqual([])
    })

    it('gives back any mail that was sent, oldest first, times in milliseconds', async () => {
      const directory = `${temporaryFolder()}/journal`
      const journal = await openIn(directory)
      const entries = fc.sample(anySent, { numRuns: 40, seed: 42 })
      for (const entry of entries) {
        await journal.recordSent(entry, signal)
      }

      expect(await all(journal.sent(signal))).toEqual(entries)
      expect(await all(journal.decisions(signal))).toEqual([])
      expect(await all((await openIn(directory)).sent(signal))).toEqual(entries)
    })

    it('gives back what a digest tells', async () => {
      const journal = await openIn(`${temporaryFolder()}/journal`)
      const entry = sentEntryOf({
        kind: 'digest',
        topic: null,
        items: [
          {
            key: 'report/2',
            project: 'demo',
            list: 'demo-devel',
            kind: 'success',
            topic: toTopicId(toMessageId('<patch@example.org>')),
            version: '2',
            head: null,
            anchor: toMessageId('<patch@example.org>'),
            name: 'fix',
            submitter: { name: '', address: 'ada@example.org' },
            verdict: 'It passes.',
            rule: 'digest',
            at: new Date('2024-02-03T04:05:06.789Z'),
          },
        ],
      })
      await journal.recordSent(entry, signal)

      expect(await all(journal.sent(signal))).toEqual([entry])
    })

    it('gives back any decision, oldest first', async () => {
      const journal = await openIn(`${temporaryFolder()}/journal`)
      const entries = fc.sample(anyDecisionEntry, { numRuns: 60, seed: 42 })
      for (const entry of entries) {
        await journal.recordDecision(entry, signal)
      }

      expect(await all(journal.decisions(signal))).toEqual(entries)
      expect(await all(journal.sent(signal))).toEqual([])
    })

    it('keeps an entry that is written twice', async () => {
      const journal = await openIn(`${temporaryFolder()}/journal`)
      const entry = sentEntryOf()
      await journal.recordSent(entry, signal)
      await journal.recordSent(entry, signal)

      expect(await all(journal.sent(signal))).toEqual([entry, entry])
    })

    it('loses nothing when two write at once', async () => {
      const directory = `${temporaryFolder()}/journal`
      const journals = [await openIn(directory), await openIn(directory)] as const
      const keys = Array.from({ length: 20 }, (_, index) => `key/${index}`)
      await Promise.all(
        keys.map((key, index) =>
          (index % 2 === 0 ? journals[0] : journals[1]).recordSent(sentEntryOf({ key }), signal),
        ),
      )

      const found = await all((await openIn(directory)).sent(signal))
      expect(found.map((entry) => entry.key).toSorted()).toEqual(keys.toSorted())
    })
  })
}
