import { spawn } from 'node:child_process'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Terminal } from '../../src/app/terminal.ts'
import { run } from '../../src/cli/run.ts'
import { compiledProgram } from './compiled-program.ts'

const root = path.resolve(import.meta.dirname, '../..')

/** How one command ended. `signal` is null but for a process that one has ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
}

export interface HereSurroundings extends Surroundings {
  /** A person looks at it, and `stdin` is what is typed. */
  readonly isInteractive?: boolean
  readonly draining?: AbortSignal
}

/** A terminal that nobody looks at. */
export function silentTerminal(): Terminal {
  const { signal } = new AbortController()
  return {
    stdin: Readable.from([]),
    stdout: new PassThrough().resume(),
    stderr: new PassThrough().resume(),
    env: {},
    cwd: root,
    isInteractive: false,
    draining: signal,
    stopping: signal,
    onHangup: () => () => undefined,
  }
}

/** Runs one command line in this process, with a terminal of its own. */
export async function runHere(
  args: readonly string[],
  { cwd = root, env = {}, stdin = '', draining, isInteractive = false }: HereSurroundings = {},
): Promise<Ended> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const silent = silentTerminal()
  const terminal: Terminal = {
    ...silent,
    stdin: Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    cwd,
    isInteractive,
    draining: draining ?? silent.draining,
  }
  const printed = Promise.all([text(stdout), text(stderr)])
  const exitCode = await run(args, terminal)
  stdout.end()
  stderr.end()
  const [said, complained] = await printed
  return { exitCode, signal: null, stdout: said, stderr: complained }
}

/** A real process that runs. */
export interface Started {
  readonly pid: number
  /** What it has written to standard error once `pattern` is in it; rejects when it ends without. */
  said(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** From now on nobody reads what it says there. */
  closeStandardError(): void
  readonly ended: Promise<Ended>
}

/** Starts one command line as a process of its own, as a shell would. */
export function startPatchferry(
  args: readonly string[],
  { cwd = root, env = {}, stdin = '' }: Surroundings = {},
): Started {
  const child = spawn(process.execPath, [compiledProgram('src/main.ts'), ...args], {
    cwd,
    stdio: 'pipe',
    env: { PATH: process.env['PATH'], ...env },
  })
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
    for (const listener of listeners) {
      listener()
    }
  })
  // A process that never reads, because it refuses at once, closes the pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  const stdout = text(child.stdout)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => {
      stdout.then((said) => resolve({ exitCode, signal, stdout: said, stderr }), reject)
    })
  })
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    closeStandardError: () => void child.stderr.destroy(),
    ended,
    async said(pattern) {
      const heard = new Promise<string>((resolve) => {
        function look(): void {
          if (pattern.test(stderr)) {
            listeners.delete(look)
            resolve(stderr)
          }
        }
        listeners.add(look)
        look()
      })
      const tooLate = ended.then((end) => {
        throw new Error(`it never said ${pattern}: ${JSON.stringify(end)}`)
      })
      return Promise.race([heard, tooLate])
    },
  }
}

/** Runs one command line as a process of its own. */
export async function runPatchferry(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Ended> {
  return startPatchferry(args, surroundings).ended
}

/** The documents of a stream of JSON lines. */
export function jsonLines(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}
