import { statfs } from 'node:fs/promises'
import { type Condition, conditionKey } from '../core/watch/condition.ts'
import { isDiskFull } from '../flow/full-disk.ts'
import { watchConditions } from '../flow/watch/watch-conditions.ts'
import type { Outage, Surroundings, WorkerView } from '../flow/watch/watch-look.ts'
import { watchRound } from '../flow/watch/watch-round.ts'
import { createRepeatedFault } from '../log/repeated-fault.ts'
import { installationOf } from './installation.ts'
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

/** Since when each has been bad, as far as this process saw: a store that cannot be written remembers nothing. */
function rememberBad(): (conditions: readonly Condition[]) => readonly Condition[] {
  const badSince = new Map<string, Date>()
  return (conditions) =>
    conditions.map((one) => {
      const key = conditionKey(one)
      if (one.state === 'good') {
        badSince.delete(key)
        return one
      }
      const known = badSince.get(key)
      const since = known !== undefined && known < one.since ? known : one.since
      badSince.set(key, since)
      return { ...one, since }
    })
}

/** `startedAt`: before that nobody could do anything. */
export function createWatch(runtime: Runtime, startedAt: Date): Watch {
  const { ports, lookout } = runtime
  const fault = createRepeatedFault('the watched conditions cannot be saved', ports)
  const withSince = rememberBad()
  let lastAt = startedAt.getTime()
  let outage: (Omit<Outage, 'until'> & { readonly until: Date | null }) | null = null

  async function around(over: Outage | null = null): Promise<Surroundings> {
    return {
      freeBytes: await freeBytes(runtime.config.stateDirectory),
      worker: {
        startedAt,
        sources: lookout.readings(),
        accounts: accountsOf(runtime),
        projects: ports.projects.map(({ project }) => project.name),
      },
      outage: over,
    }
  }

  async function look(): Promise<readonly Condition[]> {
    const seen = await around()
    return withSince(
      await ports.store.read((reader) =>
        watchConditions(reader, seen, runtime.config.watch, ports.clock()),
      ),
    )
  }

  async function round(): Promise<void> {
    const over = outage === null ? null : { ...outage, until: outage.until ?? ports.clock() }
    try {
      const installation = installationOf(runtime.config)
      const { isOutageTold } = await watchRound(await around(over), runtime.config.watch, {
        ...ports,
        installation,
      })
      outage = isOutageTold ? null : over
      fault.well()
    } catch (error) {
      const since = fault.failed(error)
      outage = { since: outage?.since ?? since, until: null, isDiskFull: isDiskFull(error) }
      await look().catch(() => undefined)
    }
  }

  return {
    look,
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
