import { describe, expect, it } from 'vitest'
import { after, samplePullRequest, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

export function describePullRequests(get: GetHarness): void {
  describe('pull requests', () => {
    it('are given back by topic, by number, and those that are open by project', async () => {
      const { store } = get()
      const closed = samplePullRequest(1, {
        state: 'closed',
        closedBy: 'person',
        hintedAt: after(2),
      })
      const open = samplePullRequest(2)
      const other = samplePullRequest(2, { project: 'pipe', topic: sampleTopicId('other') })
      await store.transaction(async (tx) => {
        for (const one of [open, closed, other]) {
          await tx.savePullRequest(one)
        }
      })
      const found = await store.read(async (reader) => [
        await reader.pullRequests({ topic: closed.topic }),
        await reader.pullRequests({ project: 'pump', number: 1 }),
        await reader.pullRequests({ project: 'pump', number: 3 }),
        await reader.pullRequests({ project: 'pump' }),
      ])
      expect(found).toEqual([[closed, open], [closed], [], [open]])
    })

    it('are replaced by what is saved under their number', async () => {
      const { store } = get()
      const later = samplePullRequest(1, { version: '2', state: 'merged', comments: [] })
      await store.transaction(async (tx) => {
        await tx.savePullRequest(samplePullRequest(1))
        await tx.savePullRequest(later)
      })
      expect(await store.read((reader) => reader.pullRequests({ topic: later.topic }))).toEqual([
        later,
      ])
    })
  })
}
