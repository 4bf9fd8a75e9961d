import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Job, JobKind, Store } from '../../../src/store/store.ts'
import { after } from '../samples.ts'
import type { GetHarness } from './harness.ts'
import { JobModel } from './job-model.ts'

const kinds: readonly JobKind[] = ['assemble']
/** Every lease runs out then. */
const leaseUntil = 1000

const key = fc.constantFrom('a', 'b')
const ms = fc.nat(20)
const stepArbitrary = fc.oneof(
  fc.record({ act: fc.constant('enqueue' as const), key, ms, postpone: fc.boolean() }),
  fc.record({ act: fc.constant('claim' as const), ms }),
  fc.record({ act: fc.constant('complete' as const), pick: fc.nat(5) }),
  fc.record({ act: fc.constant('fail' as const), pick: fc.nat(5), ms: fc.option(ms) }),
  fc.record({ act: fc.constant('sweep' as const) }),
)
type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never

interface Round {
  readonly store: Store
  readonly model: JobModel
  /** All that were ever claimed. */
  readonly jobs: Job[]
}

/** Does the step in both, and gives what the store and what the model said of it. */
async function take(round: Round, step: Step): Promise<readonly [unknown, unknown]> {
  const { store, model, jobs } = round
  switch (step.act) {
    case 'enqueue': {
      const postpone = step.postpone ? 'postpone' : undefined
      await store.transaction((tx) => tx.enqueue('assemble', step.key, after(step.ms), postpone))
      return [null, model.enqueue(step.key, step.ms, step.postpone) ?? null]
    }
    case 'claim': {
      const job = await store.claim(kinds, 'worker', after(step.ms), after(leaseUntil))
      jobs.push(...(job === null ? [] : [job]))
      return [job === null ? null : [job.key, job.attempt], model.claim(step.ms)]
    }
    case 'complete': {
      const job = jobs[step.pick]
      return job === undefined
        ? [null, null]
        : [await isCompleted(store, job), model.complete(job.key, step.pick)]
    }
    case 'fail': {
      const job = jobs[step.pick]
      if (job !== undefined) {
        await store.fail(job, step.ms === null ? null : after(step.ms), 'no')
        model.fail(job.key, step.pick, step.ms)
      }
      return [null, null]
    }
    case 'sweep':
      return [await store.sweep(after(leaseUntil + 1), 2, false), model.sweep(2)]
  }
}

async function isCompleted(store: Store, job: Job): Promise<boolean> {
  return await store
    .transaction((tx) => tx.complete(job))
    .then(
      () => true,
      () => false,
    )
}

async function stateOf(store: Store): Promise<readonly unknown[]> {
  return await store.read(async (reader) => {
    const next = await reader.nextJobAt()
    return [await reader.jobCounts(), next === null ? null : next.getTime() - after(0).getTime()]
  })
}

/** Leaves no job for the next round. */
async function drain(store: Store): Promise<void> {
  await store.sweep(after(leaseUntil + 1), 99, false)
  for (const dead of await store.read((reader) => reader.deadJobs(100))) {
    await store.transaction((tx) => tx.enqueue(dead.kind, dead.key, after(0)))
  }
  for (;;) {
    const job = await store.claim(kinds, 'worker', after(leaseUntil), after(leaseUntil))
    if (job === null) {
      return
    }
    await store.transaction((tx) => tx.complete(job))
  }
}

export function describeJobProperty(get: GetHarness): void {
  describe('jobs', () => {
    it('do what their model does, whatever happens in whatever order', async () => {
      const { store } = get()
      await fc.assert(
        fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 30 }), async (steps) => {
          const round: Round = { store, model: new JobModel(), jobs: [] }
          for (const step of steps) {
            const [said, expected] = await take(round, step)
            expect(said).toEqual(expected)
            expect(await stateOf(store)).toEqual([round.model.counts(), round.model.next()])
          }
          await drain(store)
        }),
        { numRuns: 100 },
      )
    })
  })
}
