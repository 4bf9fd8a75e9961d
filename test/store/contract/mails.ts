import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageId } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import type { DeliveryRecord, QuarantineRecord } from '../../../src/core/records.ts'
import type { Store } from '../../../src/store/store.ts'
import {
  after,
  id,
  ids,
  noon,
  sampleDelivery,
  sampleMessage,
  samplePatch,
  sampleSha,
} from '../samples.ts'
import type { GetHarness } from './harness.ts'

async function store(
  to: Store,
  message: Message,
  delivery: DeliveryRecord = sampleDelivery(message.messageId),
): Promise<'added' | 'known' | 'reused'> {
  return await to.transaction(async (tx) => {
    await tx.addDelivery(delivery)
    return await tx.addMessage(message, delivery)
  })
}

export function describeMails(get: GetHarness): void {
  describe('sources and the archive', () => {
    it('keep one cursor per source', async () => {
      const { store: to } = get()
      await to.transaction(async (tx) => {
        await tx.saveCursor('a', '1')
        await tx.saveCursor('b', '2')
        await tx.saveCursor('a', '3')
      })
      const cursors = await to.read(async (reader) => [
        await reader.cursor('a'),
        await reader.cursor('b'),
        await reader.cursor('c'),
      ])
      expect(cursors).toEqual(['3', '2', null])
    })

    it('move the archive tip only from where it is', async () => {
      const { store: to } = get()
      const moves = await to.transaction(async (tx) => [
        await tx.archiveTip(),
        await tx.advanceArchiveTip('0:a', '0:b'),
        await tx.advanceArchiveTip(null, '0:a'),
        await tx.advanceArchiveTip(null, '0:b'),
        await tx.advanceArchiveTip('0:b', '0:c'),
        await tx.archiveTip(),
        await tx.advanceArchiveTip('0:a', '0:c'),
        await tx.archiveTip(),
      ])
      expect(moves).toEqual([null, false, true, false, false, '0:a', true, '0:c'])
    })
  })

  describe('deliveries', () => {
    it('are stored once per source and bytes', async () => {
      const { store: to } = get()
      const first = sampleDelivery(id('m'))
      const added = await to.transaction(async (tx) => [
        await tx.addDelivery(first),
        await tx.addDelivery({ ...first, location: 'elsewhere', position: '0:later' }),
        await tx.addDelivery({ ...first, source: 'imap', arrivedAt: after(1) }),
        await tx.addDelivery({ ...sampleDelivery(id('m'), { content: 'x' }), arrivedAt: after(2) }),
        await tx.addDelivery(sampleDelivery(null)),
      ])
      expect(added).toEqual([true, false, true, true, true])
      const found = await to.read((reader) => reader.deliveries(id('m')))
      expect(found).toEqual([
        first,
        { ...first, source: 'imap', arrivedAt: after(1) },
        { ...sampleDelivery(id('m'), { content: 'x' }), arrivedAt: after(2) },
      ])
    })

    it('are known by source and bytes, also those that could not be read', async () => {
      const { store: to } = get()
      const damaged = sampleDelivery(null)
      await to.transaction((tx) => tx.addDelivery(damaged))
      const known = await to.read(async (reader) => [
        await reader.deliveredAmong('maildir', [sampleSha('other'), damaged.blob]),
        await reader.deliveredAmong('imap', [damaged.blob]),
        await reader.deliveredAmong('maildir', []),
      ])
      expect(known).toEqual([new Set([damaged.blob]), new Set(), new Set()])
    })

    it('of an unknown mail are none', async () => {
      expect(await get().store.read((reader) => reader.deliveries(id('nobody')))).toEqual([])
    })
  })

  describe('quarantine', () => {
    const record: QuarantineRecord = {
      blob: sampleSha('damaged'),
      position: '0:1',
      source: 'maildir',
      location: '/var/mail/new/1',
      code: 'MAIL_HEADERS',
      message: 'no headers',
      at: noon,
    }

    it('lists the newest first, up to the limit', async () => {
      const { store: to } = get()
      const later = { ...record, blob: sampleSha('later'), at: after(5) }
      const same = { ...record, blob: sampleSha('same'), at: noon }
      await to.transaction(async (tx) => {
        await tx.addQuarantine(later)
        await tx.addQuarantine(record)
        await tx.addQuarantine(same)
      })
      const list = await to.read((reader) => reader.quarantine(10))
      expect(list).toEqual([later, same, record])
      expect(await to.read((reader) => reader.quarantine(1))).toEqual([later])
    })

    it('has one entry for one mail of one source: the latest', async () => {
      const { store: to } = get()
      const again = { ...record, code: 'MAIL_BODY', message: 'no end', at: after(1) }
      await to.transaction(async (tx) => {
        await tx.addQuarantine(record)
        await tx.addQuarantine(again)
      })
      expect(await to.read((reader) => reader.quarantine(10))).toEqual([again])
    })
  })

  describe('messages', () => {
    it('come back as they were, dates and all', async () => {
      const { store: to } = get()
      const message = sampleMessage(id('m'), {
        sentAt: null,
        receivedAt: after(3),
        subject: '[PATCH] Grüße 🚢',
        patch: samplePatch('one'),
        pull: { url: 'https://example.org/r', ref: 'refs/tags/t', sha: sampleSha('t') },
        references: ids('a', 'b'),
        trailers: [{ key: 'Acked-by', value: 'Bo <bo@example.org>' }],
      })
      const delivery = sampleDelivery(id('m'), { isSilent: true, arrivedAt: after(9) })
      expect(await store(to, message, delivery)).toBe('added')
      expect(await to.read((reader) => reader.message(id('m')))).toEqual({
        message,
        position: delivery.position,
        blob: delivery.blob,
        arrivedAt: after(9),
        isSilent: true,
      })
      expect(await to.read((reader) => reader.message(id('a')))).toBeNull()
      expect(await to.read((reader) => reader.messageCount())).toBe(1)
    })

    it('come in the order of arrival, each once, unknown ones left out', async () => {
      const { store: to } = get()
      for (const [name, at] of [
        ['late', 3],
        ['early', 1],
        ['middle', 2],
      ] as const) {
        await store(to, sampleMessage(id(name)), sampleDelivery(id(name), { arrivedAt: after(at) }))
      }
      const asked = ids('middle', 'late', 'nobody', 'early', 'late')
      const found = await to.read((reader) => reader.messages(asked))
      expect(found.map(({ message }) => message.messageId)).toEqual(ids('early', 'middle', 'late'))
    })

    it('can be asked for by the thousand', async () => {
      const { store: to } = get()
      const names = Array.from({ length: 1500 }, (_, n) => id(`many-${n}`))
      await to.transaction(async (tx) => {
        for (const name of names) {
          await tx.addMessage(sampleMessage(name), sampleDelivery(name))
        }
      })
      expect(await to.read((reader) => reader.messages(names))).toHaveLength(1500)
      expect(await to.read((reader) => reader.messageCount())).toBe(1500)
    })

    it.each([
      ['the same patch', samplePatch('one'), samplePatch('one'), 'known'],
      ['a copy that lost its patch', samplePatch('one'), null, 'known'],
      ['no patch at all', null, null, 'known'],
      ['another patch', samplePatch('one'), samplePatch('two'), 'reused'],
      ['a patch where the first had none', null, samplePatch('two'), 'reused'],
    ])('of one Message-ID and with %s are told apart', async (_name, first, second, expected) => {
      const { store: to } = get()
      const message = sampleMessage(id('m'), { patch: first })
      await store(to, message)
      const copy = sampleMessage(id('m'), { patch: second, subject: 'the second' })
      const delivery = sampleDelivery(id('m'), { content: 'second', arrivedAt: after(1) })
      expect(await store(to, copy, delivery)).toBe(expected)
      expect(await store(to, copy, delivery)).toBe(expected)
      const kept = await to.read((reader) => reader.message(id('m')))
      expect(kept?.blob).toBe(sampleDelivery(id('m')).blob)
      expect(kept?.message).toEqual({
        ...message,
        problems: expect.any(Array),
      })
      const codes = kept?.message.problems.map(({ code }) => code)
      expect(codes).toEqual(expected === 'reused' ? ['message-id-reused'] : [])
      expect(await to.read((reader) => reader.deliveries(id('m')))).toHaveLength(2)
      expect(await to.read((reader) => reader.messageCount())).toBe(1)
    })

    it.each([
      ['with, then without', [ids('c'), []]],
      ['without, then with', [[], ids('c')]],
    ])('of one Message-ID %s references belong to what any of them answers', async (_, copies) => {
      const { store: to } = get()
      await store(to, sampleMessage(id('c')))
      for (const [n, references] of copies.entries()) {
        const copy = sampleMessage(id('m'), { subject: '[PATCH 1/2] m', references })
        await store(to, copy, sampleDelivery(id('m'), { content: `copy ${n}` }))
      }
      const [kept, thread] = await to.read(async (reader) => [
        await reader.message(id('m')),
        await reader.thread(id('c')),
      ])
      expect(kept?.message.references).toEqual(ids('c'))
      expect(thread.map(({ message }) => message.messageId)).toEqual(ids('c', 'm'))
    })

    it.each([
      ['loud, then silent', false, true, false],
      ['silent, then loud', true, false, false],
      ['silent twice', true, true, true],
    ])('that arrive %s are silent only if all were', async (_name, first, second, expected) => {
      const { store: to } = get()
      const deliveries = [first, second].map((isSilent, n) =>
        sampleDelivery(id('m'), { content: `copy ${n}`, isSilent }),
      )
      for (const delivery of deliveries) {
        await store(to, sampleMessage(id('m')), delivery)
      }
      const kept = await to.read((reader) => reader.message(id('m')))
      expect(kept?.isSilent).toBe(expected)
    })

    it('may have ids of any length', async () => {
      const { store: to } = get()
      const long = id('x'.repeat(9000))
      const longer = id(`${'x'.repeat(9000)}y`)
      await store(to, sampleMessage(long, { subject: 'long' }))
      await store(to, sampleMessage(longer, { subject: 'longer', references: [long] }))
      const found = await to.read(async (reader) => [
        (await reader.message(long))?.message.subject,
        (await reader.message(longer))?.message.subject,
        (await reader.deliveries(long)).map(({ messageId }) => messageId),
        (await reader.thread(long)).length,
      ])
      expect(found).toEqual(['long', 'longer', [long], 2])
    })

    it('lose NUL and lone surrogates, and nothing else, whatever is in them', async () => {
      const { store: to } = get()
      const nasty = 'a\0b\ud800c\\u0000d🚢'
      const clean = 'a\ufffdb\ufffdc\\u0000d🚢'
      const messageId = id(nasty)
      const message = sampleMessage(messageId, {
        subject: nasty,
        references: [id('ref')],
        from: { name: nasty, address: nasty },
      })
      await store(to, message, sampleDelivery(messageId, { location: nasty }))
      const kept = await to.read((reader) => reader.message(messageId))
      expect(kept?.message).toEqual({
        ...message,
        messageId: id(clean),
        subject: clean,
        from: { name: clean, address: clean },
      })
      const [delivery] = await to.read((reader) => reader.deliveries(messageId))
      expect(delivery?.location).toBe(clean)
      const thread = await to.read((reader) => reader.thread(id('ref')))
      expect(thread.map((found) => found.message.messageId)).toEqual([id(clean)])
    })

    it('keep any text', async () => {
      const { store: to } = get()
      const text = fc.string({ unit: 'grapheme' })
      const facts = fc.record({
        subject: text,
        name: text,
        sentAt: fc.option(fc.date({ noInvalidDate: true })),
      })
      let count = 0
      await fc.assert(
        fc.asyncProperty(facts, async ({ subject, name, sentAt }) => {
          count += 1
          const message = sampleMessage(id(`any-${count}`) as MessageId, {
            subject: subject.replaceAll('\0', ''),
            from: { name: name.replaceAll('\0', ''), address: 'a@b' },
            sentAt,
          })
          await store(to, message)
          const kept = await to.read((reader) => reader.message(message.messageId))
          expect(kept?.message).toEqual(message)
        }),
        { numRuns: 50 },
      )
    })
  })
}
