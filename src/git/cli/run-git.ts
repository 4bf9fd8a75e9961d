import { pipeline } from 'node:stream/promises'
import { BotError } from '../../core/bot-error.ts'
import { type GitLocation, spawnGit, startFault, stopGit } from './spawn-git.ts'

export interface GitCall extends GitLocation {
  /** What comes in pieces is read as fast as git takes it. */
  readonly input?: Uint8Array | string | AsyncIterable<Uint8Array>
  /** Most that is kept of standard output; 256 MiB when absent. */
  readonly maxOutputBytes?: number
  /** Beyond `maxOutputBytes`: fail with GIT_OUTPUT_TOO_LARGE (default), or stop git and return what there is. */
  readonly overflow?: 'fail' | 'cut'
  /** Ten minutes when absent. */
  readonly timeoutMs?: number
}

export interface GitOutput {
  /** 137 when a signal ended it. */
  readonly exitCode: number
  readonly stdout: Uint8Array
  /** The last 64 KiB, decoded. */
  readonly stderr: string
}

const defaultMaxBytes = 256 * 1024 * 1024
const defaultTimeoutMs = 10 * 60 * 1000
const maxErrorBytes = 64 * 1024
/** What a shell reports of a process that was killed. */
const killedExitCode = 137

/**
 * Runs git to its end. A non-zero exit is a result. Throws GIT_MISSING, GIT_NOT_STARTED, GIT_TIMED_OUT,
 * GIT_OUTPUT_TOO_LARGE, and the signal's reason when it aborts; in each case no process is left behind.
 */
export async function runGit(
  args: readonly string[],
  call: GitCall = {},
  signal?: AbortSignal,
): Promise<GitOutput> {
  signal?.throwIfAborted()
  const maxBytes = call.maxOutputBytes ?? defaultMaxBytes
  const timeoutMs = call.timeoutMs ?? defaultTimeoutMs
  return new Promise((resolve, reject) => {
    const child = spawnGit(args, call)
    const chunks: Buffer[] = []
    let size = 0
    let errors: Buffer = Buffer.alloc(0)
    let fault: unknown = null
    let isCut = false

    function stop(reason: unknown): void {
      fault ??= reason
      stopGit(child)
    }
    function onAbort(): void {
      stop(signal?.reason)
    }
    const timer = setTimeout(() => stop(timeoutFault(args, timeoutMs)), timeoutMs)
    signal?.addEventListener('abort', onAbort, { once: true })

    child.stdout.on('data', (chunk: Buffer) => {
      if (isCut) {
        return
      }
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) {
        isCut = true
        if (call.overflow === 'cut') {
          stopGit(child)
        } else {
          stop(sizeFault(args, maxBytes))
        }
      }
    })
    child.stderr.on('data', (chunk: Buffer) => {
      errors = Buffer.concat([errors, chunk]).subarray(-maxErrorBytes)
    })
    child.once('error', (error) => {
      fault ??= startFault(error, call)
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (fault !== null) {
        reject(fault)
        return
      }
      resolve({
        exitCode: isCut ? 0 : (code ?? killedExitCode),
        stdout: Buffer.concat(chunks).subarray(0, maxBytes),
        stderr: errors.toString('utf8'),
      })
    })
    const { input = '' } = call
    if (typeof input === 'string' || input instanceof Uint8Array) {
      child.stdin.end(input)
    } else {
      pipeline(input, child.stdin).catch((error: NodeJS.ErrnoException) => {
        // A child that ends early leaves its input unread: its exit status tells why.
        if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') {
          stop(error)
        }
      })
    }
  })
}

/** As `runGit`, but a non-zero exit throws as `gitFault` reads it. Gives standard output decoded as UTF-8. */
export async function gitText(
  args: readonly string[],
  call: GitCall = {},
  signal?: AbortSignal,
): Promise<string> {
  return Buffer.from(await gitBytes(args, call, signal)).toString('utf8')
}

/** As `gitText`, undecoded. */
export async function gitBytes(
  args: readonly string[],
  call: GitCall = {},
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const output = await runGit(args, call, signal)
  if (output.exitCode !== 0) {
    throw gitFault(args, output)
  }
  return output.stdout
}

const knownFaults: readonly (readonly [pattern: RegExp, code: string])[] = [
  [/No space left on device|Disk quota exceeded/i, 'GIT_DISK_FULL'],
  [
    /Read-only file system|insufficient permission for adding|Permission denied/i,
    'GIT_NOT_WRITABLE',
  ],
  [/dubious ownership/i, 'GIT_DUBIOUS_OWNERSHIP'],
  [/not a git repository/i, 'GIT_REPOSITORY_MISSING'],
  [/cannot lock ref|unable to create '.*\.lock'/i, 'GIT_REF_CONFLICT'],
  [
    /bad object|unable to read tree|missing blob|not a valid object|bad tree object/i,
    'GIT_OBJECT_MISSING',
  ],
]

const laterCodes: ReadonlySet<string> = new Set(['GIT_DISK_FULL', 'GIT_REF_CONFLICT'])

/** The fault behind an exit status that the caller has no meaning for. */
export function gitFault(args: readonly string[], output: GitOutput): BotError {
  const stderr = output.stderr.trim()
  const code = knownFaults.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'GIT_FAILED'
  const said = stderr.split('\n').find((line) => /^(?:fatal|error):/.test(line)) ?? stderr
  return new BotError(code, `git ${args[0] ?? ''} failed: ${said.slice(0, 400)}`, {
    retry: laterCodes.has(code) ? 'later' : 'after-human',
    details: { args, exitCode: output.exitCode, stderr: stderr.slice(-4000) },
  })
}

/** What a call is told that was stopped for its time. */
export function timeoutFault(args: readonly string[], timeoutMs: number): BotError {
  return new BotError('GIT_TIMED_OUT', `git ${args[0] ?? ''} took more than ${timeoutMs} ms`, {
    retry: 'later',
    details: { args, timeoutMs },
  })
}

function sizeFault(args: readonly string[], maxBytes: number): BotError {
  return new BotError(
    'GIT_OUTPUT_TOO_LARGE',
    `git ${args[0] ?? ''} printed more than ${maxBytes} bytes`,
    { retry: 'never', details: { args, maxBytes } },
  )
}
