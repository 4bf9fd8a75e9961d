import { describe, expect, it } from 'vitest'
import type { Condition } from '../../../src/core/watch/condition.ts'
import { after, sampleOutboxRecord } from '../samples.ts'
import type { GetHarness } from './harness.ts'

const halfHour = 30 * 60_000
const week = 7 * 24 * 2 * halfHour

const condition: Condition = {
  id: 'source-silence',
  subject: 'devel',
  state: 'bad',
  since: after(-5),
  message: 'It is silent.',
  value: 1.5,
  limit: null,
  remedy: 'Look.',
}

export function describeWatch(get: GetHarness): void {
  describe('what is watched', () => {
    it('is what was found last', async () => {
      const { store } = get()
      expect(await store.read((reader) => reader.watched())).toBeNull()
      await store.transaction((tx) => tx.saveWatched([condition, condition], after(0)))
      await store.transaction((tx) => tx.saveWatched([condition], after(1)))
      expect(await store.read((reader) => reader.watched())).toEqual({
        at: after(1),
        conditions: [condition],
      })
    })

    it('are the half hours in which a source brought mail, of the last twelve weeks', async () => {
      const { store } = get()
      expect(await store.read((reader) => reader.arrivals('devel'))).toBeNull()
      const times = [0, 5, 4, halfHour, 11 * week]
      await store.transaction(async (tx) => {
        for (const ms of times) {
          await tx.noteArrival('devel', after(ms))
        }
        await tx.noteArrival('other', after(0))
      })
      const first = after(0).getTime() / halfHour
      const slots = [first, first + 1, first + (11 * week) / halfHour]
      expect(await store.read((reader) => reader.arrivals('devel'))).toEqual({
        slots,
        lastAt: after(11 * week),
      })
      await store.transaction((tx) => tx.noteArrival('devel', after(12 * week + halfHour)))
      const later = await store.read((reader) => reader.arrivals('devel'))
      expect(later?.slots).toEqual([...slots.slice(1), first + (12 * week) / halfHour + 1])
    })

    it('are the jobs of each kind that have been due the longest', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.enqueue('assemble', 'a', after(-2))
        await tx.enqueue('assemble', 'b', after(-3))
        await tx.enqueue('send', 'c', after(0))
        await tx.enqueue('test', 'd', after(1))
      })
      expect(await store.read((reader) => reader.oldestDue(after(0)))).toEqual(
        new Map([
          ['assemble', after(-3)],
          ['send', after(0)],
        ]),
      )
    })

    it('are mails of one kind', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.addToOutbox(sampleOutboxRecord('a', { kind: 'operator' }))
        await tx.addToOutbox(sampleOutboxRecord('b'))
      })
      const found = await store.read((reader) => reader.outbox({ kind: 'operator', limit: 9 }))
      expect(found.map(({ key }) => key)).toEqual(['a'])
    })
  })
}
