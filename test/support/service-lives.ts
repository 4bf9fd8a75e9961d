import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openRuntime } from '../../src/app/runtime.ts'
import { startService } from '../../src/app/serve.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createLogger } from '../../src/log/logger.ts'
import { compiledProgram } from './compiled-program.ts'
import { untilIdle } from './until-idle.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** Until what a forge was asked for leads to a webhook. */
const hesitationMs = 250
/** No life may be longer: what hangs is ended, and its log shown. */
const longestLifeMs = 60_000
const shownLogBytes = 6_000

export interface Life {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

export interface LifeOptions {
  /** Killed by SIGKILL, whatever it is doing, this long after it first said something; null for never. */
  readonly killAfterMs?: number | null
  readonly home: string
  /** Told of everything it has said so far, each time it says something. */
  readonly onOutput?: (output: string) => void
}

/** One process of ours, from its first instruction to its end. Rejects when it hangs. */
async function live(args: readonly string[], options: LifeOptions): Promise<Life> {
  const { killAfterMs = null, home, onOutput } = options
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: home, USER: 'tester', TZ: 'UTC' },
    })
    let output = ''
    let errors = ''
    let isHung = false
    let killer: NodeJS.Timeout | undefined
    const patience = setTimeout(() => {
      isHung = true
      child.kill('SIGKILL')
    }, longestLifeMs)
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      onOutput?.(output)
      if (killAfterMs !== null) {
        killer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      }
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.on('error', reject)
    // Not `close`: a git that outlives its killed parent holds the pipes open for a while.
    child.on('exit', (exitCode, signal) => {
      clearTimeout(patience)
      clearTimeout(killer)
      if (isHung) {
        reject(new Error(`${args.join(' ')} hung\n${output}\n${errors}`))
        return
      }
      setImmediate(() => resolve({ exitCode, signal, output, errors }))
    })
  })
}

export interface ServiceLife {
  /** The step between whose act and commit it died; `any-time` when it was killed from outside; null when it ended by itself. */
  readonly killedAt: string | null
  /** The outward acts it did, oldest first. */
  readonly acts: readonly string[]
  /** It ended by itself, but something is left to do much later. */
  readonly isAsleep: boolean
}

export interface ServiceSurroundings {
  /** How far its clock is ahead of ours. */
  readonly aheadMs?: number
  /** Told the address that the world reaches it at, once it listens. */
  readonly onListening?: (address: string) => void
  /** Resolves when nothing from outside is on its way; only in `liveHere`. */
  readonly settled?: () => Promise<void>
}

/**
 * Starts the service on the world in `directory`, to die at the first of `steps` that it reaches or after
 * `killAfterMs`. Rejects, with its log, when it hangs or ends in any other way than by itself.
 */
export async function liveAsService(
  world: { readonly directory: string; readonly config: string },
  steps: readonly string[],
  killAfterMs: number | null,
  { aheadMs = 0, onListening }: ServiceSurroundings = {},
): Promise<ServiceLife> {
  const actsFile = path.join(world.directory, 'acts')
  const logFile = path.join(world.directory, 'life.log')
  await rm(actsFile, { force: true })
  await rm(logFile, { force: true })
  async function text(file: string): Promise<string> {
    return readFile(file, 'utf8').catch(() => '')
  }
  const worker = compiledProgram('test/support/killing-worker.ts')
  const args = [worker, world.config, actsFile, logFile, steps.join(','), String(aheadMs)]
  function onOutput(output: string): void {
    const address = /^listening (?<address>\S+)\n/m.exec(output)?.groups?.['address']
    if (address !== undefined) {
      onListening?.(address)
    }
  }
  try {
    const life = await live(args, { killAfterMs, home: world.directory, onOutput })
    const acts = (await text(actsFile)).split('\n').filter((line) => line !== '')
    if (life.signal === 'SIGKILL') {
      const last = acts.at(-1) ?? ''
      return { killedAt: steps.includes(last) ? last : 'any-time', acts, isAsleep: false }
    }
    if (life.exitCode !== 0 || life.errors !== '') {
      throw new Error(`ended with ${life.exitCode ?? life.signal}\n${life.errors}`)
    }
    return { killedAt: null, acts, isAsleep: life.output.includes('asleep until ') }
  } catch (error) {
    const log = (await text(logFile)).slice(-shownLogBytes)
    throw new Error(`${String(error)}\n${(await text(actsFile)).trim()}\n${log}`, { cause: error })
  }
}

/**
 * As `liveAsService`, to its own end and in this process, which is quicker; whether something is left to do much later.
 */
export async function liveHere(
  world: { readonly directory: string; readonly config: string },
  { aheadMs = 0, onListening, settled }: ServiceSurroundings = {},
): Promise<boolean> {
  function clock(): Date {
    return new Date(Date.now() + aheadMs)
  }
  const config = await loadConfig(world.config, {})
  const logFile = path.join(world.directory, 'life.log')
  const destination = { write: (line: string) => appendFileSync(logFile, line) }
  const log = createLogger({ level: 'debug', destination, secrets: config.secrets })
  const runtime = await openRuntime(config, { clock: () => new Date(), log })
  try {
    const draining = new AbortController()
    const service = await startService(
      config,
      { ...runtime, ports: { ...runtime.ports, clock } },
      { draining: draining.signal, stopping: new AbortController().signal },
    )
    onListening?.(service.listening.publicUrl)
    async function untilQuiet(): Promise<Date | null> {
      await untilIdle(runtime, clock, hesitationMs)
      await settled?.()
      return untilIdle(runtime, clock, hesitationMs)
    }
    const asleepUntil = await Promise.race([untilQuiet(), tooLate()])
    draining.abort()
    await service.ended
    return asleepUntil !== null
  } finally {
    await runtime.close()
  }
}

async function tooLate(): Promise<never> {
  await sleep(longestLifeMs, undefined, { ref: false })
  throw new Error(`the service is not idle after ${longestLifeMs} ms`)
}

/** Runs one `patchferry` command to its end. */
export async function runCommand(
  world: { readonly directory: string; readonly config: string },
  args: readonly string[],
  killAfterMs: number | null = null,
): Promise<Life> {
  const home = world.directory
  return live([compiledProgram('src/main.ts'), ...args, '--config', world.config], {
    killAfterMs,
    home,
  })
}
