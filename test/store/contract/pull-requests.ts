import { describe, expect, it } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import type { PullRequestRecord } from '../../../src/core/pull-request/pull-request-record.ts'
import { after, noon, sampleSha, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

function pullRequest(number: number, facts: Partial<PullRequestRecord> = {}): PullRequestRecord {
  return {
    project: 'pump',
    number,
    topic: sampleTopicId('topic'),
    url: `https://forge.example/pulls/${number}`,
    headRef: 'refs/heads/series/mend-1a2b3c4d5e6f' as RefName,
    state: 'open',
    closedBy: null,
    version: '1',
    head: sampleSha('head'),
    written: {
      title: sampleSha('title'),
      body: sampleSha('body'),
      draft: false,
      labels: ['series/v1'],
      unsureLabels: [],
      baseRef: 'refs/heads/main' as RefName,
    },
    comments: ['a', 'b'],
    hintedAt: null,
    createdAt: noon,
    updatedAt: after(1),
    ...facts,
  }
}

export function describePullRequests(get: GetHarness): void {
  describe('pull requests', () => {
    it('are given back by topic, by number, and those that are open by project', async () => {
      const { store } = get()
      const closed = pullRequest(1, { state: 'closed', closedBy: 'person', hintedAt: after(2) })
      const open = pullRequest(2)
      const other = pullRequest(2, { project: 'pipe', topic: sampleTopicId('other') })
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
      const later = pullRequest(1, { version: '2', state: 'merged', comments: [] })
      await store.transaction(async (tx) => {
        await tx.savePullRequest(pullRequest(1))
        await tx.savePullRequest(later)
      })
      expect(await store.read((reader) => reader.pullRequests({ topic: later.topic }))).toEqual([
        later,
      ])
    })
  })
}
