import { describe, expect, it } from 'vitest'
import type { Check } from '../../../src/core/checks/check.ts'
import { type CommitLook, noLook } from '../../../src/core/checks/commit-look.ts'
import type { RefName } from '../../../src/core/ids.ts'
import { after, id, noon, sampleApplication, sampleSha, sampleTopicId } from '../samples.ts'
import type { GetHarness } from './harness.ts'

const topic = sampleTopicId('topic')
const head = sampleSha('head')

const check: Check = {
  origin: 'command',
  context: 'make check',
  sha: head,
  state: 'running',
  summary: 'running',
  targetUrl: null,
  failingStep: null,
  excerpt: '',
  startedAt: noon,
  finishedAt: null,
}

export function describeResults(get: GetHarness): void {
  describe('applications', () => {
    it('replace the one of the same topic, version, digest and base', async () => {
      const { store } = get()
      const held = sampleApplication(topic, { holds: ['touches CI'] })
      const published = sampleApplication(topic, {
        n: 1,
        approvedBy: 'Bo',
        seriesRef: `refs/series/${topic}/v1-1` as never,
        publishedAt: after(3),
        at: after(3),
      })
      const others = [
        sampleApplication(topic, { base: sampleSha('moved'), at: after(1) }),
        sampleApplication(topic, { digest: 'changed', at: after(2) }),
        sampleApplication(topic, { version: '2', at: after(4) }),
      ]
      await store.transaction(async (tx) => {
        for (const record of [held, ...others, published]) {
          await tx.saveApplication(record)
        }
        await tx.saveApplication(sampleApplication(sampleTopicId('other')))
      })
      const found = await store.read((reader) => reader.applications(topic))
      expect(found).toEqual([others[0], others[1], published, others[2]])
    })

    it('are found by the head they gave and by their base', async () => {
      const { store } = get()
      const applied = sampleApplication(topic)
      const empty = sampleApplication(topic, {
        version: '2',
        at: after(1),
        application: { outcome: 'empty', head, tree: sampleSha('tree'), commits: [] },
      })
      const conflict = sampleApplication(topic, {
        version: '3',
        application: {
          outcome: 'conflict',
          commits: [],
          conflict: {
            number: 1,
            messageId: id('p1'),
            paths: ['pump.c'],
            output: 'does not match',
            hunks: [{ path: 'pump.c', line: 3, header: '@@ -3 +3 @@' }],
            olderBase: { sha: sampleSha('older'), branch: null, committedAt: after(-9) },
          },
        },
      })
      await store.transaction(async (tx) => {
        for (const record of [conflict, empty, applied]) {
          await tx.saveApplication(record)
        }
      })
      const found = await store.read(async (reader) => [
        await reader.applicationsTouching(head),
        await reader.applicationsTouching(applied.base),
        await reader.applicationsTouching(sampleSha('other')),
        (await reader.applications(topic)).filter(({ version }) => version === '3'),
      ])
      expect(found).toEqual([[applied, empty], [conflict, applied, empty], [], [conflict]])
    })

    it('are found by when they were applied, if they were published, and none of a moment is left for the next time', async () => {
      const { store } = get()
      const at = [1, 2, 2, 2, 5, 9]
      const records = at.map((minute, index) =>
        sampleApplication(topic, {
          version: String(index + 1),
          seriesRef: `refs/series/t/v${index + 1}-1` as RefName,
          at: after(minute),
        }),
      )
      await store.transaction(async (tx) => {
        await tx.saveApplication(sampleApplication(topic, { version: '9', at: after(3) }))
        await tx.saveApplication(
          sampleApplication(topic, { ...records[0], project: 'other', version: '10' }),
        )
        for (const record of records) {
          await tx.saveApplication(record)
        }
      })
      async function found(since: Date | null, limit: number): Promise<readonly string[]> {
        const some = await store.read((reader) =>
          reader.publishedBetween('pump', since, after(5), limit),
        )
        return some.map(({ version }) => version)
      }
      expect(await found(null, 2)).toEqual(['1', '2', '3', '4'])
      expect(await found(after(2), 2)).toEqual(['5'])
      expect(await found(after(5), 2)).toEqual([])
    })
  })

  describe('checks', () => {
    it('replace those of the same commit, origin and context', async () => {
      const { store } = get()
      const done: Check = { ...check, state: 'success', summary: 'passed', finishedAt: after(9) }
      const status: Check = { ...check, origin: 'commit-status', targetUrl: 'https://ci/1' }
      const elsewhere: Check = { ...check, sha: sampleSha('other') }
      await store.transaction(async (tx) => {
        await tx.saveCheck(check, null)
        await tx.saveCheck(status, null)
        await tx.saveCheck(elsewhere, 'other log')
        await tx.saveCheck(done, 'all is well')
      })
      const found = await store.read(async (reader) => [
        await reader.checks(head),
        await reader.checkLog(head, 'make check'),
        await reader.checkLog(head, 'other'),
      ])
      expect(found).toEqual([[done, status], 'all is well', null])
    })

    it('lose their log when they are saved without one', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.saveCheck(check, 'first run')
        await tx.saveCheck(check, null)
      })
      expect(await store.read((reader) => reader.checkLog(head, 'make check'))).toBeNull()
    })

    it('are removed by commit', async () => {
      const { store } = get()
      const other: Check = { ...check, sha: sampleSha('other') }
      await store.transaction(async (tx) => {
        await tx.saveCheck(check, 'log')
        await tx.saveCheck(other, null)
        await tx.removeChecks(head)
      })
      const left = await store.read(async (reader) => [
        await reader.checks(head),
        await reader.checkLog(head, 'make check'),
        await reader.checks(other.sha),
      ])
      expect(left).toEqual([[], null, [other]])
    })

    it('keep which run they are of, and by what their log is had', async () => {
      const { store } = get()
      const rerun: Check = { ...check, attempt: 2, logId: '4711' }
      await store.transaction((tx) => tx.saveCheck(rerun, null))
      expect(await store.read((reader) => reader.checks(head))).toEqual([rerun])
    })
  })

  describe('looks at commits', () => {
    const look: CommitLook = {
      project: 'pump',
      sha: head,
      lookedAt: after(1),
      changedAt: after(2),
      dueAt: after(3),
      approvalUrl: 'https://forge/1',
      settledAt: after(4),
      contexts: ['build', 'unit'],
      tookMs: 9,
    }

    it('are of one project and commit, and replaced', async () => {
      const { store } = get()
      const other = { ...noLook('pump', sampleSha('other')), dueAt: after(9) }
      await store.transaction(async (tx) => {
        await tx.saveCommitLook(noLook('pump', head))
        await tx.saveCommitLook(other)
        await tx.saveCommitLook(look)
      })
      const found = await store.read(async (reader) => [
        await reader.commitLook('pump', head),
        await reader.commitLook('pump', other.sha),
        await reader.commitLook('valve', head),
      ])
      expect(found).toEqual([look, other, null])
    })

    it('tell of the heads that were settled last, newest first', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        for (const n of [2, 1, 3]) {
          const sha = sampleSha(`head ${n}`)
          await tx.saveCommitLook({ ...look, sha, settledAt: after(n), tookMs: n === 1 ? null : n })
        }
        await tx.saveCommitLook({ ...look, sha: sampleSha('silent'), contexts: null })
        await tx.saveCommitLook({ ...look, project: 'valve' })
      })
      const contexts = look.contexts
      expect(await store.read((reader) => reader.pastHeads('pump', 3))).toEqual([
        { contexts, tookMs: 3 },
        { contexts, tookMs: 2 },
        { contexts, tookMs: null },
      ])
      expect(await store.read((reader) => reader.pastHeads('pump', 1))).toHaveLength(1)
    })

    it('are kept for the newest thousand commits of a project', async () => {
      const { store } = get()
      await store.transaction(async (tx) => {
        await tx.saveCommitLook({ ...look, project: 'valve' })
        for (let n = 0; n <= 1_000; n += 1) {
          await tx.saveCommitLook(noLook('pump', sampleSha(`head ${n}`)))
        }
      })
      const found = await store.read(async (reader) => [
        await reader.commitLook('pump', sampleSha('head 0')),
        await reader.commitLook('pump', sampleSha('head 1')),
        await reader.commitLook('valve', head),
      ])
      expect(found).toEqual([
        null,
        noLook('pump', sampleSha('head 1')),
        { ...look, project: 'valve' },
      ])
    })
  })
}
