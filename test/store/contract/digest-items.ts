import { describe, expect, it } from 'vitest'
import type { DigestItem } from '../../../src/core/report/digest.ts'
import { after, id, noon, sampleSha, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

function itemOf(key: string, facts: Partial<DigestItem> = {}): DigestItem {
  return {
    key,
    project: 'pump',
    list: 'pump-devel',
    kind: 'failure',
    topic: sampleTopicId('topic'),
    version: '1',
    head: sampleSha('head'),
    anchor: id('anchor'),
    name: 'Mend the pump',
    submitter: { name: 'Ada', address: 'ada@example.org' },
    verdict: 'It fails, and says so.',
    rule: 'digest',
    at: noon,
    ...facts,
  }
}

export function describeDigestItems(get: GetHarness): void {
  describe('what is told in digests', () => {
    it('is given back by topic, by list and state, and by digest, oldest first', async () => {
      const { store } = get()
      const [a, b] = [itemOf('a', { at: after(2) }), itemOf('b', { at: after(1) })]
      const other = itemOf('c', { list: 'pump-users', topic: sampleTopicId('other'), head: null })
      const waiting = { project: 'pump', list: 'pump-devel', state: 'waiting' } as const
      await store.transaction(async (tx) => {
        for (const item of [a, b, other]) {
          await tx.addDigestItem(item, 'waiting', null)
        }
      })
      const before = await store.read(async (reader) => [
        await reader.digestItems({ topic: a.topic }),
        await reader.digestItems(waiting),
        await reader.digestItems({ digest: 'd' }),
        await reader.digestItems({ key: 'a' }),
      ])
      expect(before).toEqual([[b, a], [b, a], [], [a]])

      await store.transaction((tx) => tx.settleDigestItem('a', 'told', 'd'))
      const later = await store.read(async (reader) => [
        await reader.digestItems({ topic: a.topic }),
        await reader.digestItems(waiting),
        await reader.digestItems({ digest: 'd' }),
      ])
      expect(later).toEqual([[b, a], [b], [a]])
    })

    it('is taken once', async () => {
      const { store } = get()
      const added = await store.transaction(async (tx) => [
        await tx.addDigestItem(itemOf('a'), 'told', 'd'),
        await tx.addDigestItem(itemOf('a', { verdict: 'another' }), 'waiting', null),
      ])
      expect(added).toEqual([true, false])
      expect(await store.read((reader) => reader.digestItems({ digest: 'd' }))).toEqual([
        itemOf('a'),
      ])
    })
  })
}
