import { describe, expect, it } from 'vitest'
import { after, id, sampleMail, sampleOutboxRecord, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

export function describeOutbox(get: GetHarness): void {
  describe('outbox', () => {
    it('gives entries back by key and by the Message-ID of their mail', async () => {
      const { store } = get()
      const record = sampleOutboxRecord('k', { topic: null, version: null, head: null })
      await store.transaction((tx) => tx.addToOutbox(record))
      const found = await store.read(async (reader) => [
        await reader.outboxEntry('k'),
        await reader.outboxByMessageId(id('report-k')),
        await reader.outboxEntry('other'),
        await reader.outboxByMessageId(id('other')),
      ])
      expect(found).toEqual([record, record, null, null])
    })

    it('finds an entry by the beginning of its Message-ID, unless several begin so', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.expectMessageIds([id('report-1')])
        for (const name of ['10', '11', '2']) {
          await tx.addToOutbox(sampleOutboxRecord(name))
        }
      })
      const found = await store.read(async (reader) => [
        await reader.outboxByIdStart('report-2'),
        await reader.outboxByIdStart('report-1'),
        await reader.outboxByIdStart('report-11@'),
        await reader.outboxByIdStart('eport-2'),
        await reader.outboxByIdStart('report-_'),
      ])
      expect(found.map((one) => one?.key ?? null)).toEqual(['2', null, '11', null, null])
    })

    it('takes a key once, for ever, whatever became of the mail', async () => {
      const { store, openAgain } = get()
      const record = sampleOutboxRecord('k')
      const added = await store.transaction(async (tx) => [
        await tx.addToOutbox(record),
        await tx.moveOutbox('k', ['pending'], 'dropped', 'not wanted', after(1)),
      ])
      const again = await openAgain()
      const later = { ...record, mail: sampleMail(id('other')), createdAt: after(9) }
      added.push(await again.transaction((tx) => tx.addToOutbox(later)))
      expect(added).toEqual([true, true, false])
      expect(await again.read((reader) => reader.outboxEntry('k'))).toEqual({
        ...record,
        state: 'dropped',
        note: 'not wanted',
        updatedAt: after(1),
      })
    })

    it('tells keys apart that differ only after a thousand characters', async () => {
      const { store } = get()
      const key = 'k'.repeat(3000)
      const added = await store.transaction(async (tx) => [
        await tx.addToOutbox(sampleOutboxRecord(`${key}a`)),
        await tx.addToOutbox(sampleOutboxRecord(`${key}b`)),
        await tx.addToOutbox(sampleOutboxRecord(`${key}a`)),
      ])
      expect(added).toEqual([true, true, false])
      const found = await store.read((reader) => reader.outboxEntry(`${key}b`))
      expect(found?.key).toBe(`${key}b`)
    })

    it('moves an entry on only from a state it may be in', async () => {
      const { store } = get()
      const moved = await store.transaction(async (tx) => [
        await tx.addToOutbox(sampleOutboxRecord('k')),
        await tx.moveOutbox('k', ['sending'], 'seen', 'no', after(1)),
        await tx.moveOutbox('k', [], 'seen', 'no', after(1)),
        await tx.moveOutbox('k', ['held', 'pending'], 'sending', 'yes', after(2)),
        await tx.moveOutbox('k', ['held', 'pending'], 'sending', 'no', after(3)),
        await tx.moveOutbox('other', ['pending'], 'sending', 'no', after(3)),
      ])
      expect(moved).toEqual([true, false, false, true, false, false])
      const entry = await store.read((reader) => reader.outboxEntry('k'))
      expect(entry).toMatchObject({ state: 'sending', note: 'yes', updatedAt: after(2) })
      expect(entry?.offeredAt).toEqual(after(2))
    })

    it('keeps a mail as it was really sent', async () => {
      const { store } = get()
      const record = sampleOutboxRecord('k')
      const mail = { ...record.mail, cc: [{ name: '', address: 'bob@example.org' }] }
      await store.transaction(async (tx) => {
        await tx.addToOutbox(record)
        await tx.rewriteMail('k', mail)
      })
      expect(await store.read((reader) => reader.outboxEntry('k'))).toEqual({ ...record, mail })
    })

    it('hastens the pending mails whose note begins so, and no others', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.addToOutbox(sampleOutboxRecord('late', { note: 'waits until then' }))
        await tx.addToOutbox(sampleOutboxRecord('due', { note: 'waits until then' }))
        await tx.addToOutbox(sampleOutboxRecord('put-off', { note: '451 waits until then' }))
        await tx.addToOutbox(
          sampleOutboxRecord('held', { state: 'held', note: 'waits until then' }),
        )
        for (const key of ['late', 'put-off', 'held']) {
          await tx.enqueue('send', key, after(9))
        }
        await tx.enqueue('send', 'due', after(1))
        await tx.enqueue('test', 'late', after(9))
        await tx.hastenMails('waits until ', after(2))
      })
      const due = [
        await store.claim(['send', 'test'], 'w', after(3), after(8)),
        await store.claim(['send', 'test'], 'w', after(3), after(8)),
        await store.claim(['send', 'test'], 'w', after(3), after(8)),
      ]
      expect(due).toEqual([
        expect.objectContaining({ key: 'due', runAt: after(1) }),
        expect.objectContaining({ kind: 'send', key: 'late', runAt: after(2) }),
        null,
      ])
      const turns = await store.read((reader) => reader.nextTurns(['late', 'put-off', 'other']))
      expect([...turns]).toEqual([['put-off', after(9)]])
    })

    it('tells when other mails of a topic or list were last offered', async () => {
      const { store } = get()
      const [topic, other] = [sampleTopicId('topic'), sampleTopicId('other')]
      const times = { a: 1, b: 2, c: 3, d: 4 }
      await store.transaction(async (tx) => {
        for (const key of ['a', 'b', 'c', 'd', 'e']) {
          await tx.addToOutbox(sampleOutboxRecord(key, { topic: key === 'c' ? other : topic }))
        }
        await tx.addToOutbox(sampleOutboxRecord('f', { list: 'other', offeredAt: after(9) }))
        await tx.addToOutbox(sampleOutboxRecord('g', { kind: 'digest', offeredAt: after(9) }))
        for (const [key, at] of Object.entries(times)) {
          await tx.moveOutbox(key, ['pending'], 'sending', '', after(at))
          await tx.moveOutbox(key, ['sending'], 'handed-over', '', after(at + 50))
        }
      })
      const of = { project: 'pump', list: 'pump-devel', besides: 'd', since: after(1) }
      const found = await store.read(async (reader) => [
        await reader.offered({ ...of, limit: 9 }),
        await reader.offered({ ...of, limit: 1 }),
        await reader.offered({ ...of, limit: 0 }),
        await reader.offered({ topic, besides: 'x', since: after(0), limit: 9 }),
      ])
      expect(found).toEqual([
        [after(3), after(2)],
        [after(3)],
        [],
        [after(9), after(4), after(2), after(1)],
      ])
    })

    it('is listed newest first, by state and topic, and counted', async () => {
      const { store } = get()
      const other = sampleTopicId('other')
      const records = [
        sampleOutboxRecord('a', { createdAt: after(1) }),
        sampleOutboxRecord('b', { createdAt: after(3), state: 'held' }),
        sampleOutboxRecord('c', { createdAt: after(2), topic: other }),
        sampleOutboxRecord('d', { createdAt: after(3), state: 'failed', topic: other }),
      ]
      await store.transaction(async (tx) => {
        for (const record of records) {
          await tx.addToOutbox(record)
        }
      })
      const lists = await store.read(async (reader) => [
        await reader.outbox({ limit: 3 }),
        await reader.outbox({ states: ['pending'], limit: 9 }),
        await reader.outbox({ states: ['failed', 'held'], limit: 9 }),
        await reader.outbox({ topic: other, limit: 9 }),
        await reader.outbox({ topic: other, states: ['pending', 'held'], limit: 9 }),
        await reader.outbox({ states: [], limit: 9 }),
      ])
      const keys = lists.map((list) => list.map(({ key }) => key).join(''))
      expect(keys).toEqual(['dbc', 'ca', 'db', 'dc', 'c', ''])
      const counts = await store.read((reader) => reader.outboxCounts())
      expect(counts).toEqual({ pending: 2, held: 1, failed: 1 })
    })
  })
}
