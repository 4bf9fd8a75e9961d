import { describe, expect, it } from 'vitest'
import type { Check } from '../../../src/core/checks/check.ts'
import type { JobKind } from '../../../src/store/store.ts'
import { after, sampleSha } from '../samples.ts'
import type { GetHarness } from './harness.ts'

function checkOf(name: string, finishedAt: Date | null): Check {
  return {
    origin: 'command',
    context: 'test',
    sha: sampleSha(name),
    state: finishedAt === null ? 'running' : 'failure',
    summary: 'exit code 1',
    targetUrl: null,
    failingStep: null,
    excerpt: `FAIL ${name}`,
    startedAt: after(0),
    finishedAt,
  }
}

export function describeOldRows(get: GetHarness): void {
  describe('what is old', () => {
    const old = { logs: after(2_000), checks: after(1_000), givenUp: after(1_000) }

    async function forget(limit = 100): Promise<number> {
      return get().store.transaction((tx) => tx.forgetOld(old, limit))
    }
    async function save(name: string, finishedAt: Date | null): Promise<void> {
      await get().store.transaction((tx) => tx.saveCheck(checkOf(name, finishedAt), `log ${name}`))
    }
    async function kept(name: string): Promise<readonly (string | null)[]> {
      return get().store.read(async (reader) => [
        ...(await reader.checks(sampleSha(name))).map(({ excerpt }) => excerpt),
        await reader.checkLog(sampleSha(name), 'test'),
      ])
    }
    async function giveUp(kind: JobKind, key: string, atMs: number): Promise<void> {
      const { store } = get()
      await store.transaction((tx) => tx.enqueue(kind, key, after(atMs)))
      const job = await store.claim([kind], 'worker', after(atMs), after(atMs + 1))
      if (job !== null) {
        await store.fail(job, null, 'it cannot be done')
      }
    }

    it('of checks: the log goes first, the result later, and what runs stays', async () => {
      await save('first', after(1_000))
      await save('second', after(2_000))
      await save('third', after(2_001))
      await save('running', null)
      expect(await forget()).toBe(2)
      expect(await kept('first')).toEqual([null])
      expect(await kept('second')).toEqual(['FAIL second', null])
      expect(await kept('third')).toEqual(['FAIL third', 'log third'])
      expect(await kept('running')).toEqual(['FAIL running', 'log running'])
      expect(await forget()).toBe(0)
    })

    it('is forgotten a little at a time', async () => {
      for (let n = 0; n < 5; n += 1) {
        await save(`check ${n}`, after(n))
      }
      const counts = [await forget(2), await forget(2), await forget(2), await forget(2)]
      expect(counts).toEqual([2, 2, 1, 0])
    })

    it('of jobs: those that were given up, but neither those of mails nor any that waits', async () => {
      const { store } = get()
      await giveUp('publish', 'old', 1_000)
      await giveUp('publish', 'new', 1_001)
      await giveUp('send', 'mail', 0)
      await store.transaction((tx) => tx.enqueue('publish', 'waiting', after(0)))
      expect(await forget()).toBe(1)
      const dead = await store.read((reader) => reader.deadJobs(10))
      expect(dead.map(({ key }) => key).toSorted()).toEqual(['mail', 'new'])
      expect(await store.read((reader) => reader.jobCounts())).toEqual({ dead: 2, waiting: 1 })
    })
  })

  describe('compacting', () => {
    it('loses nothing', async () => {
      const { store } = get()
      await store.transaction((tx) => tx.saveCursor('source', 'here'))
      await store.compact()
      expect(await store.read((reader) => reader.cursor('source'))).toBe('here')
    })
  })
}
