import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Confinement, Launch } from './confinement.ts'
import { askToEnd, killGroup, killTree, markedProcesses } from './process-tree.ts'
import { runCleanup } from './run-cleanup.ts'

/** Longest time that `setTimeout` keeps. */
const maxTimeoutMs = 2 ** 31 - 1

export interface ProcessRun {
  readonly launch: Launch
  readonly marker: string
  /** For standard output and standard error. */
  readonly outputEnd: number
  readonly timeoutMs: number
  /** Between the request to end and the kill, at a timeout. */
  readonly graceMs: number
  readonly whomToAsk: Confinement['whomToAsk']
  /** Called as soon as there is a process. */
  readonly onSpawned: (pid: number | null) => void
}

export type ProcessEnd =
  | { readonly outcome: 'not-spawned'; readonly error: NodeJS.ErrnoException }
  | {
      readonly outcome: 'ended'
      readonly stoppedBy: 'timeout' | 'abort' | null
      readonly exitCode: number | null
      readonly status: string
      readonly durationMs: number
    }

type Exit = { readonly error: NodeJS.ErrnoException } | { readonly exitCode: number | null }

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }))
    child.once('exit', (exitCode) => resolve({ exitCode }))
  })
}

function collectStatus(child: ChildProcess): () => string {
  const chunks: Buffer[] = []
  const stream = child.stdio[3] as Readable | null | undefined
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream?.on('error', () => undefined)
  return () => Buffer.concat(chunks).toString('utf8')
}

async function politely(
  run: ProcessRun,
  pid: number,
  status: string,
  exited: Promise<unknown>,
): Promise<void> {
  askToEnd(run.whomToAsk(pid, status, await markedProcesses(run.marker)))
  const cancel = new AbortController()
  const grace = delay(run.graceMs, null, { signal: cancel.signal }).catch(() => null)
  await Promise.race([exited, grace])
  cancel.abort()
}

function start(run: ProcessRun): ChildProcess | NodeJS.ErrnoException {
  const [program, ...args] = run.launch.argv
  try {
    return spawn(program, args, {
      cwd: run.launch.directory,
      env: run.launch.environment,
      stdio: ['ignore', run.outputEnd, run.outputEnd, 'pipe'],
      detached: true,
    })
  } catch (error) {
    // Node throws for some errors of the kernel, such as E2BIG and ENOEXEC, and reports others as an event.
    return error as NodeJS.ErrnoException
  }
}

/** What happens first: the end, the timeout, or the abort. */
async function firstOf(
  exited: Promise<Exit>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'exit' | 'timeout' | 'abort'> {
  const settled = new AbortController()
  const aborted = new Promise<'abort'>((resolve) => {
    signal.addEventListener('abort', () => resolve('abort'), { signal: settled.signal })
    if (signal.aborted) {
      resolve('abort')
    }
  })
  const timedOut = delay(Math.min(timeoutMs, maxTimeoutMs), 'timeout' as const, {
    signal: settled.signal,
  })
  try {
    return await Promise.race([exited.then(() => 'exit' as const), aborted, timedOut])
  } finally {
    timedOut.catch(() => undefined)
    settled.abort()
  }
}

/** Runs one process to its end, its timeout, or the abort; when it resolves nothing of its tree is left. */
export async function runProcess(run: ProcessRun, signal: AbortSignal): Promise<ProcessEnd> {
  const startedAt = performance.now()
  const child = start(run)
  if (child instanceof Error) {
    run.onSpawned(null)
    return { outcome: 'not-spawned', error: child }
  }
  const exited = exitOf(child)
  const statusOf = collectStatus(child)
  const pid = child.pid ?? null
  run.onSpawned(pid)
  const first = await firstOf(exited, run.timeoutMs, signal)
  if (first === 'timeout' && pid !== null) {
    await politely(run, pid, statusOf(), exited)
  }
  const durationMs = Math.round(performance.now() - startedAt)
  if (first !== 'exit' && pid !== null) {
    // First the program, so that it cannot make what is cleaned up a moment later.
    killGroup(pid)
    await runCleanup(run.launch.cleanup)
  }
  await killTree({ marker: run.marker, pid })
  const exit = await exited
  if ('error' in exit) {
    return { outcome: 'not-spawned', error: exit.error }
  }
  const stoppedBy = first === 'exit' ? null : first
  return { outcome: 'ended', stoppedBy, exitCode: exit.exitCode, status: statusOf(), durationMs }
}
