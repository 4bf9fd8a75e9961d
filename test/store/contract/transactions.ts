import { describe, expect, it } from 'vitest'
import type { StoreTransaction } from '../../../src/store/store.ts'
import { after, noon, sampleTopic, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

/** A promise, and the function that resolves it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const resolvers: (() => void)[] = []
  const opened = new Promise<void>((resolve) => resolvers.push(resolve))
  return { opened, open: () => resolvers[0]?.() }
}

export function describeTransactions(get: GetHarness): void {
  describe('transactions', () => {
    it('keep what they wrote when the store is opened again', async () => {
      const { store, openAgain } = get()
      await store.transaction((tx) => tx.saveCursor('maildir', 'cur/7'))
      const again = await openAgain()
      expect(await again.read((reader) => reader.cursor('maildir'))).toBe('cur/7')
    })

    it('give what their work gives', async () => {
      const { store } = get()
      expect(await store.transaction(async () => 7)).toBe(7)
      expect(await store.read(async () => 8)).toBe(8)
    })

    it('leave nothing behind when their work throws, and pass on what it threw', async () => {
      const { store } = get()
      const fault = new Error('the work failed')
      const failing = store.transaction(async (tx) => {
        await tx.saveCursor('maildir', 'cur/7')
        await tx.enqueue('assemble', 'a', noon)
        throw fault
      })
      await expect(failing).rejects.toBe(fault)
      expect(await store.read((reader) => reader.cursor('maildir'))).toBeNull()
      expect(await store.read((reader) => reader.jobCounts())).toEqual({})
    })

    it('see what they wrote themselves', async () => {
      const { store } = get()
      const seen = await store.transaction(async (tx) => {
        await tx.saveCursor('maildir', 'cur/7')
        return await tx.cursor('maildir')
      })
      expect(seen).toBe('cur/7')
    })

    it('run one at a time, in the order they were asked for', async () => {
      const { store } = get()
      const order: string[] = []
      await Promise.all(
        ['first', 'second', 'third'].map((name) =>
          store.transaction(async (tx) => {
            order.push(`${name} begins`)
            await tx.saveCursor('maildir', name)
            order.push(`${name} ends`)
          }),
        ),
      )
      expect(order).toEqual(
        ['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]),
      )
    })

    it('let others look meanwhile, who see the state before', async () => {
      const { store } = get()
      const wrote = gate()
      const looked = gate()
      const writing = store.transaction(async (tx) => {
        await tx.saveCursor('maildir', 'cur/7')
        wrote.open()
        await looked.opened
      })
      await wrote.opened
      expect(await store.read((reader) => reader.cursor('maildir'))).toBeNull()
      looked.open()
      await writing
      expect(await store.read((reader) => reader.cursor('maildir'))).toBe('cur/7')
    })

    it('change nothing for one who is looking already', async () => {
      const { store } = get()
      const seen = await store.read(async (reader) => {
        const before = await reader.cursor('maildir')
        await store.transaction((tx) => tx.saveCursor('maildir', 'cur/7'))
        return [before, await reader.cursor('maildir')]
      })
      expect(seen).toEqual([null, null])
    })

    it('refuse to begin inside another one, where they would wait for ever', async () => {
      const { store } = get()
      const nested: readonly (() => Promise<unknown>)[] = [
        () => store.transaction(async () => undefined),
        () => store.claim(['assemble'], 'worker', noon, after(1000)),
        () => store.sweep(noon, 3, false),
        () => store.migrate(),
      ]
      for (const begin of nested) {
        await expect(store.transaction(() => begin())).rejects.toMatchObject({
          code: 'STORE_NESTED',
        })
      }
      const looking = store.read(() => store.read(async () => undefined))
      await expect(looking).rejects.toMatchObject({ code: 'STORE_NESTED' })
    })

    it('do nothing more after a statement failed, even when the work goes on', async () => {
      const { store } = get()
      const topic = sampleTopic(sampleTopicId('t'))
      const stubborn = store.transaction(async (tx) => {
        await tx.saveCursor('maildir', 'cur/7')
        await tx.saveTopic({ ...topic, name: null as unknown as string }).catch(() => undefined)
        await tx.saveCursor('other', 'cur/8').catch(() => undefined)
      })
      await expect(stubborn).rejects.toMatchObject({ code: 'STORE_FAULT', retry: 'never' })
      expect(await store.read((reader) => reader.cursor('maildir'))).toBeNull()
      expect(await store.read((reader) => reader.cursor('other'))).toBeNull()
      await store.transaction((tx) => tx.saveCursor('maildir', 'cur/9'))
      expect(await store.read((reader) => reader.cursor('maildir'))).toBe('cur/9')
    })

    it('cannot be used when they are over', async () => {
      const { store } = get()
      const kept: StoreTransaction[] = []
      await store.transaction(async (tx) => {
        kept.push(tx)
      })
      await expect(kept[0]?.saveCursor('maildir', 'cur/7')).rejects.toThrow(/committed/)
      expect(await store.read((reader) => reader.cursor('maildir'))).toBeNull()
    })

    it('are refused by a closed store', async () => {
      const { openAgain } = get()
      const store = await openAgain()
      await store.close()
      await store.close()
      await expect(store.transaction(async () => undefined)).rejects.toMatchObject({
        code: 'STORE_CLOSED',
      })
      await expect(store.read(async () => undefined)).rejects.toMatchObject({
        code: 'STORE_CLOSED',
      })
    })

    it('end before the store is closed', async () => {
      const { store, openAgain } = get()
      const closing = await openAgain()
      const written = closing.transaction((tx) => tx.saveCursor('maildir', 'cur/7'))
      await Promise.all([written, closing.close()])
      expect(await store.read((reader) => reader.cursor('maildir'))).toBe('cur/7')
    })

    it('need no second migration', async () => {
      const { store } = get()
      await store.transaction((tx) => tx.saveCursor('maildir', 'cur/7'))
      const { from, to } = await store.migrate()
      expect(from).toBe(to)
      expect(await store.read((reader) => reader.cursor('maildir'))).toBe('cur/7')
    })
  })
}
