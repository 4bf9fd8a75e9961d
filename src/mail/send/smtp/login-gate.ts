const firstPauseMs = 5 * 60_000
const longestPauseMs = 60 * 60_000

/** Keeps a login that was refused from being tried for each mail that waits: many tries lock the account. */
export interface LoginGate {
  /** Throws what the server said, while this secret is not to be tried again. */
  pass(secret: string): void
  refused(secret: string, error: unknown): void
  accepted(): void
}

/** One refused secret is tried again after five minutes, later once an hour; another one at once. `nowMs`: a clock that only goes on. */
export function createLoginGate(nowMs: () => number): LoginGate {
  let closed: {
    readonly secret: string
    readonly error: unknown
    readonly pauseMs: number
    readonly until: number
  } | null = null
  return {
    pass(secret) {
      if (closed !== null && closed.secret === secret && nowMs() < closed.until) {
        throw closed.error
      }
    },
    refused(secret, error) {
      const pauseMs =
        closed?.secret === secret ? Math.min(longestPauseMs, closed.pauseMs * 2) : firstPauseMs
      closed = { secret, error, pauseMs, until: nowMs() + pauseMs }
    },
    accepted() {
      closed = null
    },
  }
}
