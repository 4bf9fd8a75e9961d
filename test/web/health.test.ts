import { describe, expect, it } from 'vitest'
import { createHealth, type HealthOptions, type LookAtHealth } from '../../src/web/health.ts'
import type { HealthFinding, HealthLevel, HealthProbe } from '../../src/web/ports.ts'
import { createStoreProbe } from '../../src/web/store-probe.ts'
import { after, noon, sampleOutboxRecord } from '../store/samples.ts'
import { memoryLogger } from '../support/memory-log.ts'
import { makeDashboard } from './dashboard.ts'

function finding(check: string, level: HealthLevel): HealthFinding {
  return { check, level, message: `${check}.`, remedy: null, value: null, unit: null }
}

function probe(name: string, ...levels: readonly HealthLevel[]): HealthProbe {
  return { name, look: async () => levels.map((level) => finding(name, level)) }
}

function health(probes: readonly HealthProbe[], other: Partial<HealthOptions> = {}): LookAtHealth {
  return createHealth({
    probes,
    clock: () => noon,
    log: memoryLogger(),
    freshMs: 1_000,
    patienceMs: 5_000,
    ...other,
  })
}

describe('health', () => {
  it.each([
    [[], 'ok'],
    [['ok', 'ok'], 'ok'],
    [['ok', 'warning'], 'warning'],
    [['failing', 'warning'], 'failing'],
  ] as const)('of %j is %s', async (levels, level) => {
    const look = health(levels.map((each, index) => probe(`probe-${index}`, each)))
    expect((await look()).level).toBe(level)
  })

  it('is failing where a probe throws, and the others still speak', async () => {
    const broken: HealthProbe = { name: 'disk', look: () => Promise.reject(new Error('EIO /srv')) }
    const { level, findings } = await health([broken, probe('store', 'ok')])()
    expect(level).toBe('failing')
    expect(findings.map(({ check }) => check)).toEqual(['disk', 'store'])
    expect(JSON.stringify(findings)).not.toContain('/srv')
  })

  it('is failing where a probe never answers, and tells it to stop', async () => {
    const signals: AbortSignal[] = []
    const stuck: HealthProbe = {
      name: 'mirror',
      look: (signal) => {
        signals.push(signal)
        return new Promise(() => undefined)
      },
    }
    const { findings } = await health([stuck], { patienceMs: 20 })()
    expect(findings).toMatchObject([{ check: 'mirror', message: 'It did not answer in time.' }])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('is looked at once for everybody who asks within a moment', async () => {
    let now = noon.getTime()
    let looks = 0
    const counting: HealthProbe = {
      name: 'counting',
      async look() {
        looks += 1
        return []
      },
    }
    const look = health([counting], { clock: () => new Date(now), freshMs: 1_000 })
    await Promise.all([look(), look(), look()])
    now += 999
    await look()
    expect(looks).toBe(1)
    now += 1
    await look()
    expect(looks).toBe(2)
  })
})

describe('what the store tells', () => {
  async function levels(
    fill: (store: Awaited<ReturnType<typeof makeDashboard>>['store']) => Promise<void>,
  ): Promise<Readonly<Record<string, HealthLevel>>> {
    const { store } = await makeDashboard()
    await fill(store)
    const looked = createStoreProbe({ store, clock: () => noon, overdueMs: 60_000 })
    const findings = await looked.look(new AbortController().signal)
    return Object.fromEntries(findings.map(({ check, level }) => [check, level]))
  }

  it('is that all is well where nothing is', async () => {
    expect(new Set(Object.values(await levels(async () => undefined)))).toEqual(new Set(['ok']))
  })

  it.each([
    [-60_001, 'failing'],
    [-60_000, 'ok'],
    [60_000, 'ok'],
  ] as const)('is whether the worker stands still: a job due %i ms from now', async (ms, level) => {
    const found = await levels((store) =>
      store.transaction((tx) => tx.enqueue('assemble', 'a', after(ms))),
    )
    expect(found['oldest-due-job']).toBe(level)
  })

  it.each([
    ['held', 'held-mails', 'ok'],
    ['unknown', 'unknown-outcomes', 'warning'],
    ['failed', 'failed-mails', 'warning'],
  ] as const)('is which mails are %s', async (state, check, level) => {
    const found = await levels((store) =>
      store.transaction(async (tx) => {
        await tx.addToOutbox(sampleOutboxRecord('a', { state }))
      }),
    )
    expect(found[check]).toBe(level)
  })

  it('is which jobs were given up', async () => {
    const found = await levels(async (store) => {
      await store.transaction((tx) => tx.enqueue('assemble', 'a', noon))
      const job = await store.claim(['assemble'], 'worker', noon, after(1_000))
      if (job !== null) {
        await store.fail(job, null, 'it broke')
      }
    })
    expect(found['dead-jobs']).toBe('warning')
  })
})
