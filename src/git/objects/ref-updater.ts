import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { BotError } from '../../core/bot-error.ts'
import type { RefName, Sha } from '../../core/ids.ts'
import { gitFault } from '../cli/run-git.ts'
import { endGit, type GitLocation, spawnGit, startFault, stopGit } from '../cli/spawn-git.ts'

export interface RefTarget {
  readonly ref: RefName
  /** Null deletes. */
  readonly target: Sha | null
  /** Where it must be now; null: it must not be there. Left out: wherever it is. */
  readonly expected?: Sha | null
}

/** Moves refs through one long-lived `git update-ref --stdin`, which is started when first needed. */
export interface RefUpdater {
  /** All or none, one transaction. Throws GIT_REF_CONFLICT, GIT_DISK_FULL, GIT_NOT_WRITABLE, GIT_FAILED. */
  update(updates: readonly RefTarget[]): Promise<void>
  close(): Promise<void>
}

interface Process {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves with null when the transaction was committed, and with what git said when it died instead. */
  readonly commit: (input: string) => Promise<Died | null>
  readonly ended: Promise<void>
}

interface Died {
  /** What kept it from running, where git itself could say nothing. */
  readonly fault: BotError | null
  readonly exitCode: number
  readonly stderr: string
}

const args = ['update-ref', '--no-deref', '--stdin', '-z']
const answered = 'start: ok\nprepare: ok\ncommit: ok\n'

/** In the form of `-z`, where an empty old value means any. */
function command({ ref, target, expected }: RefTarget): string {
  if (target === null) {
    return `delete ${ref}\0${expected ?? ''}\0`
  }
  return expected === null
    ? `create ${ref}\0${target}\0`
    : `update ${ref}\0${target}\0${expected ?? ''}\0`
}

/** The refs of the repository at `location`. */
export function createRefUpdater(location: GitLocation): RefUpdater {
  let current: Process | null = null
  let queue: Promise<unknown> = Promise.resolve()

  async function update(updates: readonly RefTarget[]): Promise<void> {
    const input = updates.map(command).join('')
    current ??= start(location)
    const died = await current.commit(`start\0${input}prepare\0commit\0`)
    if (died !== null) {
      // It ends at the first refusal, with its transaction undone: the next call starts another.
      current = null
      throw died.fault ?? gitFault(args, { ...died, stdout: new Uint8Array() })
    }
  }

  return {
    update(updates) {
      const result = queue.then(async () => update(updates))
      queue = result.catch(() => {})
      return result
    },
    async close() {
      await queue
      const last = current
      current = null
      if (last !== null) {
        await endGit(last.child, last.ended)
      }
    },
  }
}

function start(location: GitLocation): Process {
  const child = spawnGit(args, location)
  let waiting: ((died: Died | null) => void) | null = null
  let fault: BotError | null = null
  let [said, stderr] = ['', '']
  function settle(died: Died | null): void {
    const resolve = waiting
    waiting = null
    resolve?.(died)
  }
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (said === answered) {
      said = ''
      settle(null)
    } else if (!answered.startsWith(said)) {
      fault ??= new BotError(
        'GIT_FAILED',
        `git update-ref answered ${JSON.stringify(said.slice(0, 200))}`,
        {
          retry: 'later',
        },
      )
      stopGit(child)
    }
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString()}`.slice(-4000)
  })
  child.once('error', (error) => {
    fault ??= startFault(error, location)
  })
  let end: Died | null = null
  const ended = new Promise<void>((resolve) => {
    child.once('close', (code) => {
      end = { fault, exitCode: code ?? 137, stderr }
      settle(end)
      resolve()
    })
  })
  function commit(input: string): Promise<Died | null> {
    return new Promise((resolve) => {
      if (end !== null) {
        resolve(end)
        return
      }
      waiting = resolve
      child.stdin.write(input)
    })
  }
  return { child, commit, ended }
}
