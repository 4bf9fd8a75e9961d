// The real service in a process of its own, with a clock that its parent moves and tests that only look at the name of the
// commit. Argument: configuration file. Messages from the parent are `SoakRequest`, each is answered by a `SoakAnswer`.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRuntime, type Runtime } from '../../../src/app/runtime.ts'
import { startService } from '../../../src/app/serve.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { createLogger } from '../../../src/log/logger.ts'
import type { SoakAnswer, SoakRequest } from './soak-talk.ts'

const askAgainMs = 25

interface Repeated {
  readonly intervalMs: number
  readonly work: () => Promise<void>
  dueAt: number
}

let now = Number(process.argv[3])
const repeated = new Set<Repeated>()

function clock(): Date {
  return new Date(now)
}

function every(intervalMs: number, work: () => Promise<void>): () => void {
  const one = { intervalMs, work, dueAt: now + intervalMs }
  repeated.add(one)
  return () => repeated.delete(one)
}

function withFakes(runtime: Runtime): Runtime {
  return {
    ...runtime,
    ports: {
      ...runtime.ports,
      every,
      projects: runtime.ports.projects.map((project) => ({
        ...project,
        test: async (commit) =>
          commit.startsWith('0')
            ? {
                outcome: 'failed',
                exitCode: 1,
                output: 'FAIL: it\n'.repeat(200),
                durationMs: 1_000,
              }
            : { outcome: 'passed', output: 'ok\n'.repeat(500), durationMs: 1_000 },
      })),
    },
  }
}

const config = await loadConfig(process.argv[2] ?? '', {})
const log = createLogger({ level: config.log.level, destination: process.stderr, secrets: [] })
const runtime = await openRuntime(config, { clock, log })
const draining = new AbortController()
const service = await startService(config, withFakes(runtime), {
  draining: draining.signal,
  stopping: new AbortController().signal,
})

/** What lies unread in the inbox, runs, or is due. */
async function isBusy(): Promise<boolean> {
  const unread = config.sources.flatMap((source) =>
    source.kind === 'imap' ? [] : readdirSync(path.join(source.path, 'new')),
  )
  if (unread.length > 0) {
    return true
  }
  return runtime.ports.store.read(async (reader) => {
    const next = await reader.nextJobAt()
    const isDue = next !== null && next.getTime() <= now
    return isDue || ((await reader.jobCounts()).running ?? 0) > 0
  })
}

/** Twice, because a mail lies in no folder for the instant in which its job is not stored yet either. */
async function untilIdle(): Promise<void> {
  service.wake()
  for (let idle = 0; idle < 2; ) {
    await sleep(askAgainMs)
    idle = (await isBusy()) ? 0 : idle + 1
  }
}

async function advance(at: number): Promise<SoakAnswer> {
  now = at
  for (const one of repeated) {
    if (one.dueAt <= now) {
      one.dueAt = now + one.intervalMs
      await one.work().catch(() => undefined)
    }
  }
  await untilIdle()
  return { kind: 'idle' }
}

function measure(): SoakAnswer {
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { kind: 'measured', rss, heapUsed, external }
}

async function end(): Promise<SoakAnswer> {
  draining.abort()
  await service.ended
  await runtime.close()
  return { kind: 'ended' }
}

async function answer(request: SoakRequest): Promise<SoakAnswer> {
  switch (request.kind) {
    case 'advance':
      return advance(request.at)
    case 'measure':
      return measure()
    case 'end':
      return end()
  }
}

process.on('message', (request) => {
  void answer(request as SoakRequest).then((said) => {
    process.send?.(said)
    if (said.kind === 'ended') {
      process.disconnect()
    }
  })
})
process.send?.({ kind: 'ready' } satisfies SoakAnswer)
