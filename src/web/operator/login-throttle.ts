import type { Clock } from '../../core/clock.ts'

export interface LoginThrottle {
  /** How long this address has to wait before the next try; 0 when it may try now. */
  waitMs(address: string): number
  failed(address: string): void
  succeeded(address: string): void
}

export interface ThrottleOptions {
  readonly clock: Clock
  /** Wrong tokens that are free. */
  readonly freeTries: number
  /** The wait after the first one that is not free; doubles with each further one. */
  readonly firstWaitMs: number
  readonly longestWaitMs: number
}

/** Addresses remembered at once; the one longest quiet is forgotten first. */
const maxAddresses = 10_000

/** Slows guessing down by address: some tries are free, then each costs twice the wait of the one before. */
export function createLoginThrottle(options: ThrottleOptions): LoginThrottle {
  const failures = new Map<string, { readonly count: number; readonly at: number }>()

  function waitOf(count: number): number {
    const paid = count - options.freeTries
    return paid < 0 ? 0 : Math.min(options.firstWaitMs * 2 ** paid, options.longestWaitMs)
  }

  return {
    waitMs(address) {
      const failure = failures.get(address)
      if (failure === undefined) {
        return 0
      }
      return Math.max(0, failure.at + waitOf(failure.count) - options.clock().getTime())
    },
    failed(address) {
      const now = options.clock().getTime()
      const before = failures.get(address)
      const isFresh = before !== undefined && now - before.at < 2 * options.longestWaitMs
      failures.delete(address)
      failures.set(address, { count: isFresh ? before.count + 1 : 1, at: now })
      const [oldest] = failures.keys()
      if (failures.size > maxAddresses && oldest !== undefined) {
        failures.delete(oldest)
      }
    },
    succeeded(address) {
      failures.delete(address)
    },
  }
}
