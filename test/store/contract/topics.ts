import { describe, expect, it } from 'vitest'
import {
  after,
  id,
  ids,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
  sampleTopicId,
} from '../samples.ts'
import type { GetHarness } from './harness.ts'

const [a, b, c] = [sampleTopicId('a'), sampleTopicId('b'), sampleTopicId('c')] as const

export function describeTopics(get: GetHarness): void {
  describe('topics', () => {
    it('come back as they were last saved', async () => {
      const { store } = get()
      const topic = sampleTopic(a, {
        state: 'success',
        verdict: 'success',
        branch: `refs/heads/series/mend-the-pump-${a}` as never,
        head: sampleSha('head'),
        pullRequest: 7,
        isFixed: true,
        updatedAt: after(5),
      })
      await store.transaction(async (tx) => {
        await tx.saveTopic(sampleTopic(a))
        await tx.saveTopic(topic)
      })
      expect(await store.read((reader) => reader.topic(a))).toEqual(topic)
      expect(await store.read((reader) => reader.topic(b))).toBeNull()
    })

    it('are listed by page, project and state, last updated first', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.saveTopic(sampleTopic(a, { updatedAt: after(1) }))
        await tx.saveTopic(sampleTopic(b, { updatedAt: after(3), project: 'other', state: 'held' }))
        await tx.saveTopic(sampleTopic(c, { updatedAt: after(2) }))
      })
      const pages = await store.read(async (reader) => [
        await reader.topics({ limit: 2, offset: 0 }),
        await reader.topics({ limit: 2, offset: 2 }),
        await reader.topics({ limit: 9, offset: 3 }),
        await reader.topics({ project: 'pump', limit: 9, offset: 0 }),
        await reader.topics({ project: 'nothing', limit: 9, offset: 0 }),
        await reader.topics({ states: ['held', 'conflict'], limit: 9, offset: 0 }),
        await reader.topics({ states: ['waiting'], limit: 1, offset: 1 }),
        await reader.topics({ project: 'pump', states: ['held'], limit: 9, offset: 0 }),
        await reader.topics({ states: [], limit: 9, offset: 0 }),
      ])
      const listed = pages.map((page) => page.map(({ topic }) => topic))
      expect(listed).toEqual([[b, c], [a], [], [c, a], [], [b], [a], [], []])
    })

    it('are dropped when they are empty, asked for and not fixed', async () => {
      const { store } = get()
      const fixed = sampleTopicId('fixed')
      const left = await store.transaction(async (tx) => {
        for (const topic of [a, b, c]) {
          await tx.saveTopic(sampleTopic(topic))
        }
        await tx.saveTopic(sampleTopic(fixed, { isFixed: true }))
        const series = sampleSeriesRecord(sampleSeries(id('p1')), { topic: b })
        await tx.replaceSeries(ids('p1'), [series])
        await tx.dropEmptyTopics([a, b, fixed])
        return await tx.topics({ limit: 9, offset: 0 })
      })
      expect(left.map(({ topic }) => topic).sort()).toEqual([b, c, fixed].sort())
    })

    it('keep the mails that were fixed to them for ever', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.fixTopic(b, ids('p3', 'p4'))
        await tx.fixTopic(a, ids('p1', 'p2', 'p3'))
        await tx.fixTopic(a, ids('p1'))
      })
      const found = await store.read(async (reader) => [
        await reader.fixedTopicOf(ids('p1')),
        await reader.fixedTopicOf(ids('p3')),
        await reader.fixedTopicOf(ids('unknown', 'p2')),
        await reader.fixedTopicOf(ids('p1', 'p4')),
        await reader.fixedTopicOf(ids('unknown')),
        await reader.fixedTopicOf([]),
      ])
      expect(found).toEqual([a, b, a, b, null, null])
    })
  })
}
