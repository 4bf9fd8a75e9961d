import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runDueJobs } from '../../src/flow/run-jobs.ts'
import { tidyKey } from '../../src/flow/tidy-up.ts'
import { sampleSha } from '../store/samples.ts'
import { type FlowBench, openFlowBench } from '../support/flow-bench.ts'

const dayMs = 86_400_000
const { signal } = new AbortController()

describe('tidying up', () => {
  let bench: FlowBench
  let tidied: number
  let fault: Error | null
  beforeEach(async () => {
    bench = await openFlowBench()
    ;[tidied, fault] = [0, null]
    const retention = {
      logsMs: 2 * dayMs,
      checksMs: 9 * dayMs,
      givenUpMs: dayMs,
      checkoutsMs: 0,
      mailRefsMs: Infinity,
    }
    bench.ports = {
      ...bench.ports,
      upkeep: {
        retention,
        async tidyFiles() {
          tidied += 1
          if (fault !== null) {
            throw fault
          }
        },
      },
    }
    const check = {
      origin: 'command',
      context: 'test',
      state: 'success',
      summary: '',
      targetUrl: null,
      failingStep: null,
      excerpt: '',
      startedAt: null,
      finishedAt: bench.now,
    } as const
    await bench.ports.store.transaction(async (tx) => {
      for (let n = 0; n < 250; n += 1) {
        await tx.saveCheck({ ...check, sha: sampleSha(`${n}`) }, 'log')
      }
    })
  })
  afterEach(() => bench.close())

  async function after(days: number): Promise<void> {
    bench.now = new Date(bench.now.getTime() + days * dayMs)
    await bench.ports.store.transaction((tx) => tx.enqueue('tidy', tidyKey, bench.now))
    await runDueJobs(['tidy'], 'test', bench.ports, signal, signal)
  }
  async function left(): Promise<{ logs: number; checks: number }> {
    return bench.ports.store.read(async (reader) => {
      let [logs, checks] = [0, 0]
      for (let n = 0; n < 250; n += 1) {
        checks += (await reader.checks(sampleSha(`${n}`))).length
        logs += (await reader.checkLog(sampleSha(`${n}`), 'test')) === null ? 0 : 1
      }
      return { logs, checks }
    })
  }

  it('forgets all that is old enough, once a day however often it is woken', async () => {
    await after(0)
    expect(tidied).toBe(0)
    await after(1)
    expect([tidied, await left()]).toEqual([1, { logs: 250, checks: 250 }])
    await after(0.5)
    expect(tidied).toBe(1)
    await after(0.5)
    expect([tidied, await left()]).toEqual([2, { logs: 0, checks: 250 }])
    await after(7)
    expect([tidied, await left()]).toEqual([3, { logs: 0, checks: 0 }])
    expect(await bench.ports.store.read((reader) => reader.jobCounts())).toEqual({})
  })

  it('begins again where it was ended in the middle', async () => {
    await after(0)
    fault = new Error('killed')
    await after(1)
    fault = null
    bench.now = new Date(bench.now.getTime() + 60_000)
    await runDueJobs(['tidy'], 'test', bench.ports, signal, signal)
    expect(tidied).toBe(2)
    await after(0.5)
    expect(tidied).toBe(2)
  })

  it('goes on after the clock was put back', async () => {
    await after(30)
    await after(-20)
    expect(tidied).toBe(1)
  })
})
