import { spawn } from 'node:child_process'
import { BotError } from '../../core/bot-error.ts'

export interface GitProcess {
  /** Standard output. Throws MAIL_GIT_FAILED when git fails. */
  readonly output: AsyncGenerator<Buffer>
  /** Writes to standard input. */
  write(text: string): void
  /** Ends it, whatever it is doing; resolves when it is gone. */
  stop(): Promise<void>
}

/** Starts git on a repository, untouched by the configuration of the machine, and unable to fetch anything. */
export function startGit(gitDir: string, args: readonly string[], signal: AbortSignal): GitProcess {
  const child = spawn('git', ['-c', 'safe.directory=*', `--git-dir=${gitDir}`, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
    },
    signal,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // What git no longer reads is no fault: its exit code tells.
  child.stdin.on('error', () => undefined)
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(0, 2000)
  })
  const ended = new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) => resolve(code === 0 ? null : complaint.trim()))
  })

  async function* output(): AsyncGenerator<Buffer> {
    try {
      yield* child.stdout
      const failure = await ended
      signal.throwIfAborted()
      if (failure !== null) {
        throw gitFailed(gitDir, failure)
      }
    } finally {
      child.kill('SIGKILL')
      await ended
    }
  }

  return {
    output: output(),
    write: (text) => void child.stdin.write(text),
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export function gitFailed(gitDir: string, complaint: string): BotError {
  return new BotError('MAIL_GIT_FAILED', `git could not read ${gitDir}: ${complaint}`, {
    retry: 'after-human',
    details: { path: gitDir },
  })
}

/** All that git prints, as text. Throws MAIL_GIT_FAILED. */
export async function gitText(
  gitDir: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of startGit(gitDir, args, signal).output) {
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** What git prints, line by line, without newlines. Throws MAIL_GIT_FAILED. */
export async function* gitLines(
  gitDir: string,
  args: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of startGit(gitDir, args, signal).output) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') {
    yield rest
  }
}

/** A `git cat-file --batch`: blobs come in the order they were asked for. */
export interface BlobReader {
  ask(names: readonly string[]): void
  /** Null for a blob that the repository does not have. Throws MAIL_GIT_FAILED. */
  next(): Promise<Uint8Array | null>
  close(): Promise<void>
}

export function openBlobReader(gitDir: string, signal: AbortSignal): BlobReader {
  const git = startGit(gitDir, ['cat-file', '--batch'], signal)
  let held: Buffer = Buffer.alloc(0)

  async function more(): Promise<void> {
    const next = await git.output.next()
    if (next.done === true) {
      throw gitFailed(gitDir, 'it ended early')
    }
    held = Buffer.concat([held, next.value])
  }

  async function line(): Promise<string> {
    let end = held.indexOf(0x0a)
    while (end === -1) {
      await more()
      end = held.indexOf(0x0a)
    }
    const text = held.subarray(0, end).toString('latin1')
    held = held.subarray(end + 1)
    return text
  }

  async function bytes(length: number): Promise<Uint8Array> {
    const pieces: Buffer[] = []
    let missing = length
    while (missing > held.length) {
      pieces.push(held)
      missing -= held.length
      held = Buffer.alloc(0)
      await more()
    }
    pieces.push(held.subarray(0, missing))
    held = held.subarray(missing)
    return new Uint8Array(Buffer.concat(pieces))
  }

  return {
    ask: (names) => git.write(names.map((name) => `${name}\n`).join('')),
    async next() {
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(await line())?.[1]
      if (size === undefined) {
        return null
      }
      const content = await bytes(Number(size) + 1)
      return content.subarray(0, -1)
    },
    close: () => git.stop(),
  }
}
