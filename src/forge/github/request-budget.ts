import { BotError } from '../../core/bot-error.ts'
import type { Clock } from '../../core/clock.ts'

/** What we allow ourselves; GitHub's own limits are a little higher. */
export interface RequestLimits {
  /** A read costs 1, a write 5: GitHub takes 900 in a minute. */
  readonly pointsPerMinute: number
  /** GitHub takes about 80 in a minute and 500 in an hour. */
  readonly writesPerMinute: number
  readonly writesPerHour: number
}

const usualLimits: RequestLimits = {
  pointsPerMinute: 750,
  writesPerMinute: 60,
  writesPerHour: 450,
}

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

interface SlidingWindow {
  /** Until when it is full; null where `cost` more fits. */
  fullUntil(cost: number, nowMs: number): number | null
  add(cost: number, nowMs: number): void
}

function slidingWindow(capacity: number, windowMs: number): SlidingWindow {
  let entries: readonly { readonly atMs: number; readonly cost: number }[] = []
  return {
    fullUntil: (cost, nowMs) => {
      entries = entries.filter(({ atMs }) => atMs > nowMs - windowMs)
      const used = entries.reduce((sum, entry) => sum + entry.cost, 0)
      const [oldest] = entries
      return used + cost > capacity && oldest ? oldest.atMs + windowMs : null
    },
    add: (cost, nowMs) => {
      entries = [...entries, { atMs: nowMs, cost }]
    },
  }
}

/** The limits of one account on GitHub, as far as this process knows them. */
export interface RequestBudget {
  /** Throws FORGE_RATE_LIMITED where a request would be too much; else it is counted. */
  take(isWrite: boolean): void
  /** GitHub says that the hour's requests are used up. Gives the fault to throw. */
  exhausted(resetAt: Date): BotError
  /** GitHub says that there were too many at a time; `retryAfterMs` null where it does not say how long. Gives the fault to throw. */
  tooFast(retryAfterMs: number | null): BotError
  /** A request was answered, so the account is welcome again. */
  answered(): void
}

function limited(why: string, resetAt: Date): BotError {
  return new BotError('FORGE_RATE_LIMITED', `${why}; again at ${resetAt.toISOString()}`, {
    retry: 'later',
    details: { resetAt },
  })
}

/**
 * Keeps an account below GitHub's limits without waiting: what would be too much is refused, so that its job comes again
 * later and others go on. Secondary limits are answered by twice the pause each time, from one minute to one hour.
 */
export function openRequestBudget(
  clock: Clock,
  limits: RequestLimits = usualLimits,
): RequestBudget {
  const points = slidingWindow(limits.pointsPerMinute, minuteMs)
  const writes = [
    slidingWindow(limits.writesPerMinute, minuteMs),
    slidingWindow(limits.writesPerHour, hourMs),
  ]
  let blockedUntilMs = 0
  let tooFastInARow = 0

  function block(why: string, untilMs: number): BotError {
    blockedUntilMs = Math.max(blockedUntilMs, untilMs)
    return limited(why, new Date(blockedUntilMs))
  }

  return {
    take: (isWrite) => {
      const nowMs = clock().getTime()
      if (nowMs < blockedUntilMs) {
        throw limited('GitHub asked for a pause', new Date(blockedUntilMs))
      }
      const cost = isWrite ? 5 : 1
      const full = [
        points.fullUntil(cost, nowMs),
        ...(isWrite ? writes.map((window) => window.fullUntil(1, nowMs)) : []),
      ].filter((until) => until !== null)
      if (full.length > 0) {
        throw limited('our own limit of requests is reached', new Date(Math.max(...full)))
      }
      points.add(cost, nowMs)
      for (const window of isWrite ? writes : []) {
        window.add(1, nowMs)
      }
    },
    exhausted: (resetAt) => block("GitHub's limit of requests is used up", resetAt.getTime()),
    tooFast: (retryAfterMs) => {
      tooFastInARow += 1
      const pauseMs = Math.min(minuteMs * 2 ** (tooFastInARow - 1), hourMs)
      const waitMs = Math.max(retryAfterMs ?? pauseMs, tooFastInARow > 1 ? pauseMs : 0)
      return block('GitHub says that requests come too fast', clock().getTime() + waitMs)
    },
    answered: () => {
      // What was under way when the pause began says nothing about it.
      if (clock().getTime() >= blockedUntilMs) {
        tooFastInARow = 0
      }
    },
  }
}
