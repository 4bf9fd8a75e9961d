import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageId } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import { threadComponents } from '../../../src/core/series/thread.ts'
import type { Store } from '../../../src/store/store.ts'
import { after, id, ids, sampleDelivery, sampleMessage } from '../samples.ts'
import { type GetHarness, looseGapMs } from './harness.ts'

async function storeAll(store: Store, messages: readonly Message[]): Promise<void> {
  await store.transaction(async (tx) => {
    for (const message of messages) {
      await tx.addMessage(message, sampleDelivery(message.messageId))
    }
  })
}

async function threadOf(store: Store, messageId: MessageId): Promise<readonly MessageId[]> {
  return await store.read(async (reader) => {
    const thread = await reader.thread(messageId)
    const together = await reader.threads([id('nobody'), messageId], 1)
    expect(together.get(messageId)).toEqual(thread)
    return thread.map(({ message }) => message.messageId)
  })
}

/** A patch of a series of three, sent without references. */
function loose(name: string, minutes: number, facts: Partial<Message> = {}): Message {
  return sampleMessage(id(name), {
    subject: '[PATCH 1/3] mend the pump',
    sentAt: after(minutes * 60_000),
    ...facts,
  })
}

function componentOf(messages: readonly Message[], start: MessageId): readonly MessageId[] {
  const components = threadComponents(messages, looseGapMs)
  const found = components.find((each) => each.some(({ messageId }) => messageId === start)) ?? []
  return found.map(({ messageId }) => messageId).sort()
}

export function describeThreads(get: GetHarness): void {
  describe('threads', () => {
    it('reach in both directions, and through ids that nobody has sent', async () => {
      const { store } = get()
      await storeAll(store, [
        sampleMessage(id('cover')),
        sampleMessage(id('reply'), { inReplyTo: ids('lost') }),
        sampleMessage(id('patch'), { references: ids('cover', 'lost') }),
        sampleMessage(id('stranger'), { references: ids('elsewhere') }),
      ])
      const thread = ids('cover', 'patch', 'reply')
      for (const member of [...thread, id('lost')]) {
        expect(await threadOf(store, member)).toEqual(thread)
      }
      expect(await threadOf(store, id('elsewhere'))).toEqual(ids('stranger'))
      expect(await threadOf(store, id('nobody'))).toEqual([])
    })

    it('join mails without references step by step, up to the gap', async () => {
      const { store } = get()
      await storeAll(store, [
        loose('d', 91),
        loose('b', 30),
        loose('a', 0),
        loose('c', 60),
        loose('other-list', 1, { subject: '[PATCH net 1/3] mend the pump' }),
        loose('other-person', 1, { submitter: { name: 'Bo', address: 'bo@example.org' } }),
        loose('late-reply', 1, { references: ids('unknown') }),
      ])
      for (const member of ids('a', 'b', 'c')) {
        expect(await threadOf(store, member)).toEqual(ids('a', 'b', 'c'))
      }
      expect(await threadOf(store, id('d'))).toEqual(ids('d'))
      expect(await threadOf(store, id('other-list'))).toEqual(ids('other-list'))
      expect(await threadOf(store, id('late-reply'))).toEqual(ids('late-reply'))
    })

    it('go on from what a neighbour refers to, and from its neighbours', async () => {
      const { store } = get()
      await storeAll(store, [
        loose('a', 0),
        loose('b', 10),
        sampleMessage(id('reply'), { references: ids('b', 'far') }),
        loose('far', 1000, { subject: '[PATCH v2 1/2] mend the pump' }),
        loose('far-2', 1010, { subject: '[PATCH v2 2/2] mend the pump' }),
      ])
      expect(await threadOf(store, id('a'))).toEqual(ids('a', 'b', 'far-2', 'far', 'reply'))
    })

    it('can be long', async () => {
      const { store } = get()
      const chain = Array.from({ length: 600 }, (_, n) =>
        sampleMessage(id(`chain-${n}`), { references: n === 0 ? [] : ids(`chain-${n - 1}`) }),
      )
      const fan = Array.from({ length: 600 }, (_, n) =>
        sampleMessage(id(`fan-${n}`), { inReplyTo: ids('chain-300') }),
      )
      await storeAll(store, [...chain, ...fan])
      expect(await threadOf(store, id('fan-7'))).toHaveLength(1200)
    })

    it('that are found together end where enough mails are found', async () => {
      const { store } = get()
      const names = Array.from({ length: 120 }, (_, n) => `lone-${n}`)
      await storeAll(
        store,
        names.map((name) => sampleMessage(id(name))),
      )
      const some = await store.read((reader) => reader.threads(ids(...names), 60))
      expect(some.size).toBeGreaterThanOrEqual(60)
      expect(some.size).toBeLessThan(120)
      expect([...some.keys()]).toEqual(ids(...names).slice(0, some.size))
    })

    it('are the components that core finds among all mails, whatever the order of arrival', async () => {
      const { store } = get()
      let round = 0
      const mail = fc.record({
        references: fc.array(fc.nat(11), { maxLength: 2 }),
        inReplyTo: fc.array(fc.nat(11), { maxLength: 1 }),
        isLoose: fc.boolean(),
        total: fc.integer({ min: 2, max: 3 }),
        minutes: fc.nat(150),
      })
      const mails = fc.array(mail, { minLength: 1, maxLength: 10 }).chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray(
            list.map((_, n) => n),
            { minLength: list.length },
          ),
        ),
      )
      await fc.assert(
        fc.asyncProperty(mails, async ([list, order]) => {
          round += 1
          const prefix = `r${round}`
          const messages = list.map((each, n) =>
            loose(`${prefix}-${n}`, each.minutes, {
              subject: `[PATCH ${prefix} 1/${each.total}] mend the pump`,
              references: each.isLoose ? [] : each.references.map((to) => id(`${prefix}-${to}`)),
              inReplyTo: each.isLoose ? [] : each.inReplyTo.map((to) => id(`${prefix}-${to}`)),
            }),
          )
          await storeAll(
            store,
            order.flatMap((n) => messages[n] ?? []),
          )
          for (const { messageId } of messages) {
            expect(await threadOf(store, messageId)).toEqual(componentOf(messages, messageId))
          }
          const all = messages.map(({ messageId }) => messageId)
          const together = await store.read((reader) => reader.threads(all, 1000))
          for (const messageId of all) {
            const found = together.get(messageId)?.map(({ message }) => message.messageId)
            expect(found).toEqual(componentOf(messages, messageId))
          }
        }),
        { numRuns: 60 },
      )
    })
  })
}
