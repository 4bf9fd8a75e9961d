import { rename } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { openRuntime } from '../../src/app/runtime.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { BotError } from '../../src/core/bot-error.ts'
import { runDueJobs } from '../../src/flow/run-jobs.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { memoryLog } from '../support/memory-log.ts'

const worlds = demoWorlds()
const never = new AbortController().signal
const start = Date.parse('2026-03-06T18:00:00Z')
const outageMs = 4 * 3_600_000

describe('a job that finds the disk full', () => {
  it('is tried every half minute, and goes on when there is room', async () => {
    const world = await worlds.fresh()
    let now = new Date(start)
    const { logger: log } = memoryLog()
    const runtime = await openRuntime(await loadConfig(world.config, {}), { clock: () => now, log })
    const { store } = runtime.ports
    async function fetch(): Promise<never> {
      throw new BotError('GIT_DISK_FULL', 'no space left', { retry: 'later' })
    }
    const onFullDisk = {
      ...runtime.ports,
      projects: runtime.ports.projects.map((one) => ({ ...one, git: { ...one.git, fetch } })),
    }
    try {
      await store.transaction((tx) => tx.enqueue('refresh', 'hello', now))
      const gaps: number[] = []
      for (let tries = 0; tries < 20; tries += 1) {
        await runDueJobs(['refresh'], 'worker', onFullDisk, never, never)
        const next = (await store.read((reader) => reader.nextJobAt())) ?? now
        gaps.push((next.getTime() - now.getTime()) / 1_000)
        now = next
      }
      expect(gaps.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30])
      expect(gaps.at(-1)).toBe(30)
      await runDueJobs(['refresh'], 'worker', runtime.ports, never, never)
      expect(await store.read((reader) => reader.jobCounts())).toEqual({})
    } finally {
      await runtime.close()
    }
  }, 60_000)
})

describe('a job whose mirror is gone', () => {
  it('is tried, ever more rarely, until it is back, and never given up', async () => {
    const world = await worlds.fresh()
    let now = new Date(start)
    const { logger: log, text } = memoryLog()
    const config = await loadConfig(world.config, {})
    const runtime = await openRuntime(config, { clock: () => now, log })
    const { store } = runtime.ports
    try {
      await rename(world.mirror, `${world.mirror}.away`)
      await store.transaction((tx) => tx.enqueue('refresh', 'hello', now))
      const gaps: number[] = []
      while (now.getTime() < start + outageMs) {
        expect(await runDueJobs(['refresh'], 'worker', runtime.ports, never, never)).toBe(1)
        const next = await store.read((reader) => reader.nextJobAt())
        if (next === null) {
          break
        }
        gaps.push(next.getTime() - now.getTime())
        now = next
      }
      expect(gaps.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000])
      expect(Math.max(...gaps)).toBe(15 * 60_000)
      expect(now.getTime()).toBeGreaterThanOrEqual(start + outageMs)
      expect(text()).toContain('GIT_REMOTE_UNREACHABLE')

      await rename(`${world.mirror}.away`, world.mirror)
      await runDueJobs(['refresh'], 'worker', runtime.ports, never, never)
      expect(await store.read((reader) => reader.jobCounts())).toEqual({})
    } finally {
      await runtime.close()
    }
  }, 60_000)
})
