import { describe, expect, it } from 'vitest'
import type { Condition } from '../../src/core/watch/condition.ts'
import { createHealth, type HealthOptions, type LookAtHealth } from '../../src/web/health.ts'
import { noon } from '../store/samples.ts'
import { memoryLog, memoryLogger } from '../support/memory-log.ts'

function condition(state: Condition['state']): Condition {
  return {
    id: 'free-disk',
    subject: null,
    state,
    since: noon,
    message: 'So much.',
    value: 1,
    limit: 1,
    remedy: null,
  }
}

function health(watch: HealthOptions['watch'], other: Partial<HealthOptions> = {}): LookAtHealth {
  return createHealth({
    watch,
    clock: () => noon,
    log: memoryLogger(),
    freshMs: 1_000,
    patienceMs: 5_000,
    ...other,
  })
}

describe('health', () => {
  it.each([
    [[], 'good'],
    [['good', 'good'], 'good'],
    [['good', 'bad'], 'bad'],
  ] as const)('of %j is %s', async (states, state) => {
    expect((await health(async () => states.map(condition))()).state).toBe(state)
  })

  it('is bad where nobody can look, and does not say where things lie', async () => {
    const { state, conditions } = await health(() => Promise.reject(new Error('EIO /srv')))()
    expect(state).toBe('bad')
    expect(conditions).toMatchObject([{ id: 'store', message: 'The store cannot be read.' }])
    expect(JSON.stringify(conditions)).not.toContain('/srv')
  })

  it('says since when nobody can look, and logs that once while it lasts', async () => {
    let now = noon.getTime()
    let fault: Error | null = Object.assign(new Error('full'), { code: 'STORE_FULL' })
    const { logger: log, lines } = memoryLog()
    async function watch(): Promise<readonly Condition[]> {
      if (fault !== null) {
        throw fault
      }
      return []
    }
    const look = health(watch, { log, clock: () => new Date(now), freshMs: 1_000 })
    for (let asked = 0; asked < 100; asked += 1) {
      expect((await look()).conditions).toMatchObject([{ since: noon }])
      now += 2_000
    }
    expect(lines.map(({ level }) => level)).toEqual(['error'])
    fault = null
    expect((await look()).state).toBe('good')
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatchObject({ level: 'info', fault: 'STORE_FULL' })
  })

  it('is bad where looking takes too long', async () => {
    const look = health(() => new Promise(() => undefined), { patienceMs: 20 })
    expect((await look()).conditions).toMatchObject([
      { id: 'store', message: 'The store did not answer in time.' },
    ])
  })

  it('is looked at once for everybody who asks within a moment', async () => {
    let now = noon.getTime()
    let looks = 0
    async function counting(): Promise<readonly Condition[]> {
      looks += 1
      return []
    }
    const look = health(counting, { clock: () => new Date(now), freshMs: 1_000 })
    await Promise.all([look(), look(), look()])
    now += 999
    await look()
    expect(looks).toBe(1)
    now += 1
    await look()
    expect(looks).toBe(2)
  })
})
