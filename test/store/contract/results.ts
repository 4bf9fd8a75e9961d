import { describe, expect, it } from 'vitest'
import type { Check } from '../../../src/core/check.ts'
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
  })
}
