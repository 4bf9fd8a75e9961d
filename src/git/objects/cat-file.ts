import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { BotError } from '../../core/bot-error.ts'
import { type Sha, toSha } from '../../core/ids.ts'
import { endGit, type GitLocation, spawnGit, startFault, stopGit } from '../cli/spawn-git.ts'
import type { ObjectType } from './object-encoding.ts'

/** Reads objects through one long-lived `git cat-file --batch`, which is started when first needed; refs are looked up anew each time. */
export interface ObjectReader {
  /** Contents in the order asked for. Throws GIT_OBJECT_MISSING. */
  read(type: ObjectType, shas: readonly Sha[], signal: AbortSignal): Promise<readonly Buffer[]>
  /**
   * What names (gitrevisions(7), byte strings without newline) stand for, in their order, in one round trip; null for
   * a name that stands for nothing, or for more than one thing.
   */
  find(
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (FoundObject | null)[]>
  /** Whether such names stand for nothing at all, not even for more than one thing. */
  areNothing(names: readonly string[], signal: AbortSignal | undefined): Promise<readonly boolean[]>
  close(): Promise<void>
}

export interface FoundObject {
  readonly sha: Sha
  readonly type: string
  /** Null where it is larger than the reader takes, or was not asked for. */
  readonly content: Buffer | null
}

/** What git says of a name. */
type Answer = FoundObject | 'missing' | 'ambiguous'

interface Request {
  readonly name: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

interface Process {
  readonly child: ChildProcessWithoutNullStreams
  readonly waiting: Request[]
  readonly ended: Promise<void>
}

/** A process that dies answers nothing; its requests are asked once more of another. */
const triesPerObject = 2

/** A content of more than `maxBytes` is read past; null: contents are not asked for, only what names stand for. */
export function createObjectReader(
  location: GitLocation & { readonly gitDir: string },
  maxBytes: number | null = Number.POSITIVE_INFINITY,
): ObjectReader {
  let current: Process | null = null

  function ask(names: readonly string[]): readonly Promise<Answer>[] {
    current ??= start(location, maxBytes, (ended) => {
      current = current === ended ? null : current
    })
    const { child, waiting } = current
    const answers = names.map(
      (name) =>
        new Promise<Answer>((resolve, reject) => {
          waiting.push({ name, resolve, reject })
        }),
    )
    child.stdin.write(names.map((name) => `${name}\n`).join(''), 'latin1')
    return answers
  }

  async function answers(
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Answer[]> {
    const found = new Map<number, Answer>()
    for (let tries = 1; ; tries += 1) {
      signal?.throwIfAborted()
      const open = [...names.keys()].filter((index) => !found.has(index))
      const asked = await Promise.allSettled(ask(open.map((index) => names[index] ?? '')))
      for (const [at, answer] of asked.entries()) {
        const index = open[at] ?? 0
        if (answer.status === 'fulfilled') {
          found.set(index, answer.value)
        } else if (tries >= triesPerObject) {
          throw answer.reason
        }
      }
      if (found.size === names.length) {
        signal?.throwIfAborted()
        return names.map((_, index) => found.get(index) ?? 'missing')
      }
    }
  }

  async function find(
    names: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (FoundObject | null)[]> {
    const found = await answers(names, signal)
    return found.map((answer) => (typeof answer === 'string' ? null : answer))
  }

  return {
    find,
    async areNothing(names, signal) {
      return (await answers(names, signal)).map((answer) => answer === 'missing')
    },
    async read(type, shas, signal) {
      const found = await find(shas, signal)
      return found.map((answer, index) => {
        if (answer?.type !== type || answer.content === null) {
          throw missing(location.gitDir, type, shas[index])
        }
        return answer.content
      })
    },
    async close() {
      const last = current
      current = null
      if (last !== null) {
        await endGit(last.child, last.ended)
      }
    },
  }
}

function start(
  location: GitLocation & { readonly gitDir: string },
  maxBytes: number | null,
  onEnd: (ended: Process) => void,
): Process {
  const child = spawnGit(['cat-file', maxBytes === null ? '--batch-check' : '--batch'], location)
  const waiting: Request[] = []
  const parse = createParser(
    maxBytes,
    () => waiting[0]?.name ?? null,
    (answer) => {
      waiting.shift()?.resolve(answer)
    },
  )
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
        request.reject(fault ?? died(location.gitDir, request.name, exitCode, said))
      }
      resolve()
    })
  })
  const started = { child, waiting, ended }
  return started
}

interface Header {
  readonly sha: Sha
  readonly type: string
  /** Bytes of the content that are still to come. */
  readonly left: number
  readonly isTaken: boolean
}

/**
 * Takes apart what `git cat-file --batch` prints: `<sha> <type> <size>\n<content>\n`, or `<name> missing\n` (or
 * `ambiguous`); with `--batch-check` (`maxBytes` null) no content. Throws TypeError for anything else.
 */
function createParser(
  maxBytes: number | null,
  nameAsked: () => string | null,
  onAnswer: (answer: Answer) => void,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let size = 0
  let header: Header | null = null

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
      const [, sha, type, bytes] = /^([0-9a-f]{40,64}) ([a-z]+) (\d+)$/.exec(line) ?? []
      const nothing = nothingSaid(line, nameAsked())
      if (sha !== undefined && type !== undefined && maxBytes === null) {
        onAnswer({ sha: toSha(sha), type, content: null })
      } else if (sha !== undefined && type !== undefined && maxBytes !== null) {
        header = { sha: toSha(sha), type, left: Number(bytes), isTaken: Number(bytes) <= maxBytes }
      } else if (nothing !== null) {
        onAnswer(nothing)
      } else {
        throw new TypeError(`git cat-file answered ${JSON.stringify(line.slice(0, 200))}`)
      }
      return true
    }
    const { sha, type, left, isTaken } = header
    if (size < left + 1) {
      if (!isTaken) {
        header = { ...header, left: left - size }
        chunks = []
        size = 0
      }
      return false
    }
    const content = isTaken ? Buffer.from(joined().subarray(0, left)) : null
    drop(left + 1)
    header = null
    onAnswer({ sha, type, content })
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

function nothingSaid(line: string, name: string | null): 'missing' | 'ambiguous' | null {
  if (name === null || !line.startsWith(`${name} `)) {
    return null
  }
  const word = line.slice(name.length + 1)
  return word === 'missing' || word === 'ambiguous' ? word : null
}

function missing(repository: string, type: ObjectType, sha: Sha | undefined): BotError {
  return new BotError('GIT_OBJECT_MISSING', `${repository} has no ${type} ${sha}`, {
    retry: 'after-human',
    details: { repository, sha, type },
  })
}

function died(repository: string, name: string, exitCode: number | null, said: string): BotError {
  return new BotError('GIT_FAILED', `git cat-file ended before it answered for ${name}`, {
    retry: 'later',
    details: { repository, exitCode, stderr: said },
  })
}
