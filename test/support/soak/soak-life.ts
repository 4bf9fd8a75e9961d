import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { SoakAnswer, SoakRequest } from './soak-talk.ts'
import type { SoakWorld } from './soak-world.ts'

const ticksPerSecond = 100

/** How `soak-service.ts` is started. */
export interface SoakProgram {
  readonly file: string
  readonly nodeOptions: readonly string[]
}

/** One process of the service, from its start to its end or its killing. */
export interface SoakLife {
  /** Resolves with `killed` where the process is gone before it has answered. */
  ask(request: SoakRequest): Promise<SoakAnswer | { readonly kind: 'killed' }>
  /** Processor time so far, of the process itself and of the programs it waited for, which is git. */
  cpuMs(): { readonly own: number; readonly git: number }
  openFiles(): number
  /** Lets it finish what it has begun; resolves when it is gone. */
  end(): Promise<void>
  /** By SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

/** Starts the service with its clock at `now`; resolves when it is up. What it logs is added to a file. */
export async function beginLife(
  world: SoakWorld,
  now: number,
  program: SoakProgram,
): Promise<SoakLife> {
  const log = openSync(path.join(world.directory, 'service.log'), 'a')
  const service = fork(program.file, [world.config, String(now)], {
    execArgv: ['--expose-gc', ...program.nodeOptions],
    cwd: path.resolve(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'inherit', log, 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: world.directory,
      TMPDIR: world.temporary,
      TZ: 'UTC',
    },
  })
  const gone = once(service, 'exit')
  closeSync(log)
  const life: SoakLife = {
    async ask(request) {
      service.send(request)
      return answerOf(service)
    },
    cpuMs() {
      const fields = readFileSync(`/proc/${service.pid}/stat`, 'utf8').split(') ')[1]?.split(' ')
      // utime, stime, cutime and cstime of proc_pid_stat(5), which begins to count at 1, two fields earlier.
      const [user = 0, system = 0, gitUser = 0, gitSystem = 0] = (fields ?? [])
        .slice(11, 15)
        .map((ticks) => (Number(ticks) * 1_000) / ticksPerSecond)
      return { own: user + system, git: gitUser + gitSystem }
    },
    openFiles: () => readdirSync(`/proc/${service.pid}/fd`).length,
    async end() {
      service.send({ kind: 'end' } satisfies SoakRequest)
      await gone
    },
    async kill() {
      service.kill('SIGKILL')
      await gone
    },
  }
  const first = await answerOf(service)
  if (first.kind !== 'ready') {
    throw new Error(`the service did not start: see ${world.directory}/service.log`)
  }
  return life
}

async function answerOf(service: ChildProcess): Promise<SoakAnswer | { readonly kind: 'killed' }> {
  return new Promise((resolve) => {
    function onMessage(said: unknown): void {
      service.off('exit', onExit)
      resolve(said as SoakAnswer)
    }
    function onExit(): void {
      service.off('message', onMessage)
      resolve({ kind: 'killed' })
    }
    service.once('message', onMessage)
    service.once('exit', onExit)
  })
}
