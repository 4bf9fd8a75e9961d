import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { BotError } from '../../core/bot-error.ts'
import type { Sha } from '../../core/ids.ts'
import { spawnGit, startFault, stopGit } from '../cli/spawn-git.ts'
import type { ObjectType } from './object-encoding.ts'

/** Reads objects through one long-lived `git cat-file --batch`, which is started when first needed. */
export interface ObjectReader {
  /** Contents in the order asked for. Throws GIT_OBJECT_MISSING. */
  read(type: ObjectType, shas: readonly Sha[], signal: AbortSignal): Promise<readonly Buffer[]>
  close(): Promise<void>
}

interface Answer {
  readonly type: string
  readonly content: Buffer
}

interface Request {
  readonly sha: Sha
  /** Null: git has no such object. */
  readonly resolve: (answer: Answer | null) => void
  readonly reject: (error: unknown) => void
}

interface Process {
  readonly child: ChildProcessWithoutNullStreams
  readonly waiting: Request[]
  readonly ended: Promise<void>
}

/** A process that dies answers nothing; its requests are asked once more of another. */
const triesPerObject = 2

export function createObjectReader(repository: string): ObjectReader {
  let current: Process | null = null

  function ask(sha: Sha): Promise<Answer | null> {
    current ??= start(repository, (ended) => {
      current = current === ended ? null : current
    })
    const { child, waiting } = current
    return new Promise((resolve, reject) => {
      waiting.push({ sha, resolve, reject })
      child.stdin.write(`${sha}\n`)
    })
  }

  async function askAgain(sha: Sha, signal: AbortSignal): Promise<Answer | null> {
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted()
      try {
        return await ask(sha)
      } catch (error) {
        if (tries >= triesPerObject) {
          throw error
        }
      }
    }
  }

  return {
    async read(type, shas, signal) {
      const answers = await Promise.all(shas.map((sha) => askAgain(sha, signal)))
      signal.throwIfAborted()
      return answers.map((answer, index) => {
        if (answer?.type !== type) {
          throw missing(repository, type, shas[index])
        }
        return answer.content
      })
    },
    async close() {
      const last = current
      current = null
      if (last !== null) {
        last.child.stdin.end()
        const timer = setTimeout(() => stopGit(last.child), 5000)
        await last.ended
        clearTimeout(timer)
      }
    },
  }
}

function start(repository: string, onEnd: (ended: Process) => void): Process {
  const location = { gitDir: repository }
  const child = spawnGit(['cat-file', '--batch'], location)
  const waiting: Request[] = []
  const parse = createParser((answer) => {
    waiting.shift()?.resolve(answer)
  })
  let fault: unknown = null
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      parse(chunk)
    } catch (error) {
      fault ??= error
      stopGit(child)
    }
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-4000)
  })
  child.once('error', (error) => {
    fault ??= startFault(error, location)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', (exitCode) => {
      onEnd(started)
      for (const request of waiting.splice(0)) {
        request.reject(fault ?? died(repository, request.sha, exitCode, said))
      }
      resolve()
    })
  })
  const started = { child, waiting, ended }
  return started
}

/**
 * Takes apart what `git cat-file --batch` prints: `<sha> <type> <size>\n<content>\n`, or `<sha> missing\n`.
 * Throws TypeError for anything else.
 */
function createParser(onAnswer: (answer: Answer | null) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let size = 0
  let header: { readonly type: string; readonly size: number } | null = null

  function joined(): Buffer {
    const all = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)
    chunks = [all]
    return all
  }
  function drop(bytes: number): void {
    chunks = [joined().subarray(bytes)]
    size -= bytes
  }
  /** Whether anything could be taken from what is there. */
  function step(): boolean {
    if (header === null) {
      const end = joined().indexOf(0x0a)
      if (end === -1) {
        return false
      }
      const line = joined().toString('latin1', 0, end)
      drop(end + 1)
      const found = /^[0-9a-f]+ (?<type>[a-z]+)(?: (?<size>\d+))?$/.exec(line)?.groups
      if (found?.['type'] === undefined) {
        throw new TypeError(`git cat-file answered ${JSON.stringify(line.slice(0, 200))}`)
      }
      if (found['size'] === undefined) {
        onAnswer(null)
      } else {
        header = { type: found['type'], size: Number(found['size']) }
      }
      return true
    }
    if (size < header.size + 1) {
      return false
    }
    const { type } = header
    const content = Buffer.from(joined().subarray(0, header.size))
    drop(header.size + 1)
    header = null
    onAnswer({ type, content })
    return true
  }

  return (chunk) => {
    chunks.push(chunk)
    size += chunk.length
    while (size > 0 && step()) {
      // Takes one header or one content at a time.
    }
  }
}

function missing(repository: string, type: ObjectType, sha: Sha | undefined): BotError {
  return new BotError('GIT_OBJECT_MISSING', `${repository} has no ${type} ${sha}`, {
    retry: 'after-human',
    details: { repository, sha, type },
  })
}

function died(repository: string, sha: Sha, exitCode: number | null, said: string): BotError {
  return new BotError('GIT_FAILED', `git cat-file ended before it answered for ${sha}`, {
    retry: 'later',
    details: { repository, exitCode, stderr: said },
  })
}
