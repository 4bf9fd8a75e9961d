import { describe, expect, it } from 'vitest'
import type { Job, JobKind, Store } from '../../../src/store/store.ts'
import { after } from '../samples.ts'
import type { GetHarness } from './harness.ts'

const lease = 1000

async function enqueue(
  store: Store,
  key: string,
  ms: number,
  postpone?: 'postpone',
): Promise<void> {
  await store.transaction((tx) => tx.enqueue('assemble', key, after(ms), postpone))
}

async function claimAt(
  store: Store,
  ms: number,
  kinds: readonly JobKind[] = ['assemble'],
): Promise<Job | null> {
  return await store.claim(kinds, 'worker', after(ms), after(ms + lease))
}

async function claimed(store: Store, ms: number): Promise<Job> {
  const job = await claimAt(store, ms)
  if (job === null) {
    throw new Error(`nothing is due at ${ms}`)
  }
  return job
}

async function complete(store: Store, job: Job): Promise<void> {
  await store.transaction((tx) => tx.complete(job))
}

async function nextMs(store: Store): Promise<number | null> {
  const at = await store.read((reader) => reader.nextJobAt())
  return at === null ? null : at.getTime() - after(0).getTime()
}

export function describeJobs(get: GetHarness): void {
  describe('waiting jobs', () => {
    it('are claimed when due, in order of time, then of arrival', async () => {
      const { store } = get()
      await enqueue(store, 'third', 20)
      await enqueue(store, 'first', 10)
      await enqueue(store, 'fourth', 20)
      await store.transaction((tx) => tx.enqueue('publish', 'second', after(15)))
      const kinds: readonly JobKind[] = ['publish', 'assemble']
      expect(await claimAt(store, 9, kinds)).toBeNull()
      const keys: (string | undefined)[] = []
      for (let n = 0; n < 5; n += 1) {
        keys.push((await claimAt(store, 20, kinds))?.key)
      }
      expect(keys).toEqual(['first', 'second', 'third', 'fourth', undefined])
    })

    it('are claimed only by those who do their kind', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      expect(await claimAt(store, 0, ['send', 'test'])).toBeNull()
      expect(await claimAt(store, 0, [])).toBeNull()
      expect(await claimAt(store, 0, ['send', 'assemble'])).toEqual({
        id: expect.any(Number),
        kind: 'assemble',
        key: 'a',
        attempt: 1,
        deaths: 0,
        runAt: after(0),
      })
    })

    it.each([
      ['the earlier of both times', undefined, 10, 5, 5],
      ['the earlier of both times', undefined, 5, 10, 5],
      ['the later one when postponed', 'postpone' as const, 5, 10, 10],
      ['the later one when postponed', 'postpone' as const, 10, 5, 10],
    ])('with one key are one job, due at %s', async (_name, postpone, first, second, expected) => {
      const { store } = get()
      await enqueue(store, 'a', first)
      await enqueue(store, 'a', second, postpone)
      expect(await nextMs(store)).toBe(expected)
      expect(await store.read((reader) => reader.jobCounts())).toEqual({ waiting: 1 })
    })

    it('have keys of any length', async () => {
      const { store } = get()
      const long = 'k'.repeat(4000)
      await enqueue(store, `${long}a`, 0)
      await enqueue(store, `${long}b`, 1)
      await enqueue(store, `${long}a`, 2)
      expect((await claimed(store, 5)).key).toBe(`${long}a`)
      expect((await claimed(store, 5)).key).toBe(`${long}b`)
      expect(await claimAt(store, 5)).toBeNull()
    })
  })

  describe('due jobs like one that was claimed', () => {
    it('are leased together, of its kind only, in order of time, up to a limit', async () => {
      const { store } = get()
      for (const [key, ms] of [
        ['first', 0],
        ['fourth', 9],
        ['third', 5],
        ['second', 4],
        ['later', 11],
      ] as const) {
        await enqueue(store, key, ms)
      }
      await store.transaction((tx) => tx.enqueue('publish', 'another', after(1)))
      const first = await claimed(store, 10)
      async function alike(limit: number): Promise<readonly string[]> {
        const jobs = await store.claimAlike(first, limit, 'worker', after(10), after(20))
        for (const job of jobs) {
          expect(job).toMatchObject({ kind: 'assemble', attempt: 1 })
          await complete(store, job)
        }
        return jobs.map(({ key }) => key)
      }
      expect(await alike(2)).toEqual(['second', 'third'])
      expect(await alike(25)).toEqual(['fourth'])
      expect(await alike(25)).toEqual([])
    })
  })

  describe('due jobs that are taken', () => {
    it('are gone with the transaction, of one kind only, in order of time, up to a limit', async () => {
      const { store } = get()
      for (const [key, ms] of [
        ['third', 5],
        ['first', 0],
        ['second', 4],
        ['later', 11],
      ] as const) {
        await enqueue(store, key, ms)
      }
      await enqueue(store, 'running', -1)
      await claimed(store, 0)
      await store.transaction((tx) => tx.enqueue('publish', 'another', after(1)))
      const undone = store.transaction(async (tx) => {
        await tx.takeDue('assemble', after(10), 9)
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')

      const taken = await store.transaction((tx) => tx.takeDue('assemble', after(10), 2))
      const rest = await store.transaction((tx) => tx.takeDue('assemble', after(10), 9))

      expect(taken).toMatchObject([
        { key: 'first', runAt: after(0) },
        { key: 'second', runAt: after(4) },
      ])
      expect(rest).toMatchObject([{ key: 'third', runAt: after(5) }])
      expect(await store.read((reader) => reader.jobCounts())).toEqual({ waiting: 2, running: 1 })
    })
  })

  describe('running jobs', () => {
    it('are gone when they are complete, and the same key may come again', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const first = await claimed(store, 0)
      await complete(store, first)
      expect(await store.read((reader) => reader.jobCounts())).toEqual({})
      await enqueue(store, 'a', 5)
      const second = await claimed(store, 5)
      expect(second).toMatchObject({ key: 'a', attempt: 1 })
      expect(second.id).not.toBe(first.id)
    })

    it('complete with their effects or not at all', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const job = await claimed(store, 0)
      const failing = store.transaction(async (tx) => {
        await tx.complete(job)
        await tx.enqueue('publish', 'a', after(0))
        throw new Error('killed')
      })
      await expect(failing).rejects.toThrow('killed')
      expect(await store.read((reader) => reader.jobCounts())).toEqual({ running: 1 })
      await store.transaction(async (tx) => {
        await tx.complete(job)
        await tx.enqueue('publish', 'a', after(0))
      })
      expect(await claimAt(store, 0, ['publish'])).toMatchObject({ key: 'a' })
    })

    it.each([
      ['at that time', [[50, undefined]], 50],
      [
        'at the earliest time of several',
        [
          [70, undefined],
          [50, undefined],
          [60, undefined],
        ],
        50,
      ],
      [
        'at the latest time when postponed',
        [
          [50, 'postpone'],
          [70, 'postpone'],
        ],
        70,
      ],
    ] as const)('that are enqueued meanwhile run again %s', async (_name, enqueued, expected) => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const first = await claimed(store, 0)
      for (const [ms, postpone] of enqueued) {
        await enqueue(store, 'a', ms, postpone)
      }
      expect(await nextMs(store)).toBeNull()
      expect(await claimAt(store, 100)).toBeNull()
      await complete(store, first)
      expect(await nextMs(store)).toBe(expected)
      const second = await claimed(store, 100)
      expect(second).toMatchObject({ key: 'a', attempt: 1 })
      await complete(store, second)
      expect(await store.read((reader) => reader.jobCounts())).toEqual({})
    })

    it('can enqueue themselves in the transaction that completes them', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const job = await claimed(store, 0)
      await store.transaction(async (tx) => {
        await tx.enqueue('assemble', 'a', after(30))
        await tx.complete(job)
        await tx.enqueue('assemble', 'a', after(20))
      })
      expect(await nextMs(store)).toBe(20)
    })

    it('keep their lease while it is extended', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const job = await claimed(store, 0)
      expect(await store.extendLease(job, after(5000))).toBe(true)
      expect(await store.sweep(after(4999), 3, false)).toBe(0)
      expect(await store.sweep(after(5001), 3, false)).toBe(1)
      expect(await store.extendLease(job, after(9000))).toBe(false)
    })

    it('cannot be completed by one who lost the lease, nor can its effects stay', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const slow = await claimed(store, 0)
      await store.sweep(after(lease + 1), 3, false)
      async function completeLate(): Promise<void> {
        const late = store.transaction(async (tx) => {
          await tx.saveCursor('maildir', 'stale')
          await tx.complete(slow)
        })
        await expect(late).rejects.toMatchObject({ code: 'STORE_LEASE_LOST', retry: 'never' })
      }
      await completeLate()
      const taken = await claimed(store, lease + 1)
      expect(taken).toMatchObject({ id: slow.id, attempt: 2 })
      await completeLate()
      await store.fail(slow, null, 'too late')
      expect(await store.extendLease(slow, after(9999))).toBe(false)
      await complete(store, taken)
      await completeLate()
      expect(await store.read((reader) => reader.cursor('maildir'))).toBeNull()
    })

    it('that died and wait again under the same key have nothing to fear from late workers', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const slow = await claimed(store, 0)
      expect(await store.sweep(after(lease + 1), 1, false)).toBe(1)
      await enqueue(store, 'a', lease)
      const fresh = await claimed(store, lease + 1)
      expect(fresh.attempt).toBe(1)
      await expect(complete(store, slow)).rejects.toMatchObject({ code: 'STORE_LEASE_LOST' })
      await complete(store, fresh)
    })
  })

  describe('failed jobs', () => {
    it('are due again at the given time, with the next attempt', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      await store.fail(await claimed(store, 0), after(500), 'the mirror is gone')
      expect(await claimAt(store, 499)).toBeNull()
      expect(await claimed(store, 500)).toMatchObject({ attempt: 2, runAt: after(500) })
    })

    it('are due earlier when they were enqueued meanwhile or later', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const job = await claimed(store, 0)
      await enqueue(store, 'a', 300)
      await store.fail(job, after(500), 'no')
      expect(await nextMs(store)).toBe(300)
      await enqueue(store, 'a', 200)
      expect(await nextMs(store)).toBe(200)
      expect(await claimed(store, 200)).toMatchObject({ attempt: 2 })
    })

    it('are dead without a time, listed with the error, and claimed by nobody', async () => {
      const { store } = get()
      for (const key of ['a', 'b', 'c']) {
        await enqueue(store, key, key.charCodeAt(0))
        await store.fail(await claimed(store, 200), null, `broken\0 ${key}`)
      }
      expect(await claimAt(store, 9999)).toBeNull()
      const dead = await store.read((reader) => reader.deadJobs(2))
      expect(dead).toEqual(
        ['a', 'b'].map((key) => ({
          id: expect.any(Number),
          kind: 'assemble',
          key,
          attempt: 1,
          deaths: 0,
          runAt: after(key.charCodeAt(0)),
          lastError: `broken\ufffd ${key}`,
        })),
      )
      expect(await store.read((reader) => reader.jobCounts())).toEqual({ dead: 3 })
      expect(await nextMs(store)).toBeNull()
    })

    it('that are dead wait again when they are enqueued', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      await store.fail(await claimed(store, 0), null, 'broken')
      await enqueue(store, 'a', 50)
      expect(await claimed(store, 50)).toMatchObject({ attempt: 1, runAt: after(50) })
    })

    it('wait again instead of being dead when they were enqueued meanwhile', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      const job = await claimed(store, 0)
      await enqueue(store, 'a', 50)
      await store.fail(job, null, 'broken')
      expect(await claimed(store, 50)).toMatchObject({ attempt: 1 })
    })
  })

  describe('jobs of dead workers', () => {
    it('wait again when the lease has run out', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      await claimed(store, 0)
      expect(await store.sweep(after(lease), 3, false)).toBe(0)
      expect(await store.sweep(after(lease + 1), 3, false)).toBe(1)
      expect(await claimed(store, lease + 1)).toMatchObject({ attempt: 2, runAt: after(0) })
    })

    it('wait again at once when there is but one worker, whose own jobs stay', async () => {
      const { store, openAgain } = get()
      const dead = await openAgain()
      await enqueue(store, 'a', 0)
      await enqueue(store, 'b', 1)
      const lost = await claimed(dead, 5)
      const own = await claimed(store, 5)
      expect(await store.sweep(after(6), 3, false)).toBe(0)
      expect(await store.sweep(after(6), 3, true)).toBe(1)
      expect(await claimed(store, 6)).toMatchObject({ key: lost.key, attempt: 2, deaths: 1 })
      await complete(store, own)
    })

    it('are dead after so many deaths, failures not counted, and say so', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      await store.fail(await claimed(store, 0), after(0), 'no')
      await store.fail(await claimed(store, 0), after(0), 'no')
      for (let death = 1; death <= 3; death += 1) {
        await claimed(store, 0)
        expect(await store.read((reader) => reader.deadJobs(9))).toEqual([])
        expect(await store.sweep(after(lease + 1), 3, false)).toBe(1)
      }
      const [job] = await store.read((reader) => reader.deadJobs(9))
      expect(job).toMatchObject({ key: 'a', attempt: 5, deaths: 3 })
      expect(job?.lastError).toMatch(/worker.*died.*3 times/)
    })

    it('wait again though they would be dead when they were enqueued meanwhile', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      await claimed(store, 0)
      await enqueue(store, 'a', 40)
      expect(await store.sweep(after(lease + 1), 1, false)).toBe(1)
      expect(await nextMs(store)).toBe(40)
    })

    it('run once for what they were enqueued for meanwhile', async () => {
      const { store } = get()
      await enqueue(store, 'a', 0)
      await claimed(store, 0)
      await enqueue(store, 'a', 40)
      await store.sweep(after(lease + 1), 3, false)
      await complete(store, await claimed(store, lease + 1))
      expect(await store.read((reader) => reader.jobCounts())).toEqual({})
    })
  })
}
