import type { Condition } from '../../core/watch/condition.ts'
import type { WatchLimits } from '../../core/watch/watch-policy.ts'
import type { ForgeUsage } from '../../forge/forge.ts'
import type { StoreReader } from '../../store/store.ts'

/** How the reading of one source goes. */
export interface SourceReading {
  readonly name: string
  /** What it held then has been taken; null before it was read once. */
  readonly readAt: Date | null
  /** Null while it does not fail. */
  readonly failingSince: Date | null
}

/** What only a worker knows. */
export interface WorkerView {
  readonly startedAt: Date
  readonly sources: readonly SourceReading[]
  readonly accounts: readonly (Pick<ForgeUsage, 'remaining' | 'resetAt'> & {
    readonly name: string
  })[]
  /** Names of the projects. */
  readonly projects: readonly string[]
}

/** For this long nothing could be written into the store, so that nobody was told of it. */
export interface Outage {
  readonly since: Date
  readonly until: Date
  readonly isDiskFull: boolean
}

/** What of the world around the store is watched. */
export interface Surroundings {
  /** Of the state folder; null where that cannot be had. */
  readonly freeBytes: number | null
  /** Null beside the worker: what it found last holds then. */
  readonly worker: WorkerView | null
  /** That is over, and of which nobody was told yet; null where there was none. */
  readonly outage?: Outage | null
}

/** What every measurement is given. */
export interface Look {
  readonly reader: StoreReader
  readonly around: Surroundings
  readonly limits: WatchLimits
  readonly now: Date
  /** By `conditionKey`. */
  readonly before: ReadonlyMap<string, Condition>
}

/** Each with the least duration that is told in it: hours tell two durations of a day or two apart. */
const spans = [
  ['day', 86_400_000, 3 * 86_400_000],
  ['hour', 3_600_000, 3_600_000],
  ['minute', 60_000, 60_000],
] as const

/** A duration for people, in its largest unit that tells it well. */
export function spanWords(ms: number): string {
  const [unit, size] = spans.find(([, , least]) => ms >= least) ?? ['second', 1_000]
  const count = Math.floor(ms / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** Whole seconds, as conditions count. */
export function seconds(ms: number): number {
  return Math.round(ms / 1_000)
}
