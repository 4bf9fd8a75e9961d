import { statfs } from 'node:fs/promises'
import type { Condition } from '../core/watch/condition.ts'
import { watchConditions } from '../flow/watch/watch-conditions.ts'
import type { Surroundings, WorkerView } from '../flow/watch/watch-look.ts'
import { watchRound } from '../flow/watch/watch-round.ts'
import type { Runtime } from './runtime.ts'

const longestPauseMs = 60_000

/** Bytes that this user may still write there; null where that cannot be found out. */
export async function freeBytes(directory: string): Promise<number | null> {
  const found = await statfs(directory).catch(() => null)
  return found === null ? null : found.bavail * found.bsize
}

/** Accounts with the fewest requests that any of their projects was told of: they share the limit. */
function accountsOf({ config, ports }: Runtime): WorkerView['accounts'] {
  const accounts = new Map<string, WorkerView['accounts'][number]>()
  for (const { name, forge } of config.projects) {
    const serving = ports.projects.find(({ project }) => project.name === name)
    if (forge === null || serving === undefined) {
      continue
    }
    const { remaining, resetAt } = serving.forge.usage()
    const known = accounts.get(forge.account.name)
    const isNewer =
      (resetAt?.getTime() ?? 0) > (known?.resetAt?.getTime() ?? 0) ||
      (remaining ?? Infinity) < (known?.remaining ?? Infinity)
    if (known === undefined || isNewer) {
      accounts.set(forge.account.name, { name: forge.account.name, remaining, resetAt })
    }
  }
  return [...accounts.values()]
}

/** What of a running worker is watched. */
export interface Watch {
  /** Every condition as it is now. */
  look(): Promise<readonly Condition[]>
  /** Saves what it sees, and has the operator told. A fault of the store is said in the log. */
  round(): Promise<void>
  /** A round, unless the last one was a moment ago: half of what must pass before something is told, at most a minute. */
  roundIfDue(): Promise<void>
}

/** `startedAt`: before that nobody could do anything. */
export function createWatch(runtime: Runtime, startedAt: Date): Watch {
  const { ports, lookout } = runtime
  let lastAt = startedAt.getTime()

  async function around(): Promise<Surroundings> {
    return {
      freeBytes: await freeBytes(runtime.config.stateDirectory),
      worker: {
        startedAt,
        sources: lookout.readings(),
        accounts: accountsOf(runtime),
        projects: ports.projects.map(({ project }) => project.name),
      },
    }
  }

  async function round(): Promise<void> {
    try {
      await watchRound(await around(), runtime.config.watch, ports)
    } catch (error) {
      ports.log.error({ err: error }, 'the watched conditions cannot be looked at')
    }
  }

  return {
    async look() {
      const seen = await around()
      return ports.store.read((reader) =>
        watchConditions(reader, seen, runtime.config.watch, ports.clock()),
      )
    },
    round,
    async roundIfDue() {
      const now = ports.clock().getTime()
      const pauseMs = Math.min(longestPauseMs, runtime.config.watch.badForMs / 2)
      if (Math.abs(now - lastAt) >= pauseMs) {
        lastAt = now
        await round()
      }
    },
  }
}
