import type { ApiAnswer, ApiCall } from '../fake-forge/api-server.ts'

/** What a test lets GitHub answer in place of what was asked. */
export interface SecondaryLimit {
  readonly status: 403 | 429
  /** Seconds; null: GitHub does not say. */
  readonly retryAfter: number | null
  /** How many requests are refused so. */
  readonly times: number
}

export interface Limits {
  /** Sets how many are left until `resetAt`. At first 5000, for an hour. */
  setPrimary(remaining: number, resetAt: Date): void
  refuse(limit: SecondaryLimit): void
  /** The next `times` requests end with this, whatever they ask: an outage of GitHub. */
  failWith(status: number, times: number): void
  /** The next `times` writes that can be done are done, and their answers do not arrive. */
  loseAnswers(times: number): void
  isLost(call: ApiCall, status: number): boolean
  before(call: ApiCall): ApiAnswer | null
  /** Counts the request, unless it cost nothing, and says what is left. */
  headers(call: ApiCall, status: number): Record<string, string>
  overview(): {
    readonly limit: number
    readonly used: number
    readonly remaining: number
    readonly reset: number
  }
}

const perHour = 5000

/**
 * docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: beyond the primary limit 403 or 429 with
 * `x-ratelimit-remaining: 0`; beyond a secondary one 403 or 429 with a message that says so, and mostly `retry-after`.
 */
export function openLimits(): Limits {
  let remaining = perHour
  let resetAt = Date.now() + 3_600_000
  let secondary: SecondaryLimit | null = null
  let failure: { readonly status: number; readonly times: number } | null = null
  let isRefused = false
  let toLose = 0

  function refreshed(): void {
    if (Date.now() >= resetAt) {
      remaining = perHour
      resetAt = Date.now() + 3_600_000
    }
  }

  const limits: Limits = {
    setPrimary(left, at) {
      remaining = left
      resetAt = at.getTime()
    },
    refuse(limit) {
      secondary = limit
    },
    failWith(status, times) {
      failure = { status, times }
    },
    loseAnswers(times) {
      toLose = times
    },
    isLost({ method, path }, status) {
      const isWrite = method !== 'GET' && !path.startsWith('/app/') && status < 300
      const isLost = toLose > 0 && isWrite
      toLose -= isLost ? 1 : 0
      return isLost
    },
    before(call) {
      refreshed()
      isRefused = false
      if (failure !== null && failure.times > 0) {
        const { status, times } = failure
        failure = { status, times: times - 1 }
        return { status, body: { message: 'Server Error' } }
      }
      if (secondary !== null && secondary.times > 0) {
        const { status, retryAfter, times } = secondary
        secondary = { status, retryAfter, times: times - 1 }
        return {
          status,
          body: {
            message:
              'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
          },
          headers: retryAfter === null ? {} : { 'retry-after': String(retryAfter) },
        }
      }
      // "Accessing this endpoint does not count against your REST API rate limit."
      if (remaining > 0 || call.path === '/rate_limit') {
        return null
      }
      isRefused = true
      return { status: 403, body: { message: 'API rate limit exceeded for installation.' } }
    },
    headers({ path, method }, status) {
      // "Making a conditional request does not count against your primary rate limit if a 304 response is returned."
      const isFree = status === 304 || path === '/rate_limit' || isRefused
      remaining -= isFree ? 0 : 1
      const { limit, used, remaining: left, reset } = limits.overview()
      return {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(left),
        'x-ratelimit-used': String(used),
        'x-ratelimit-reset': String(reset),
        'x-ratelimit-resource': 'core',
        'x-github-request-id': `${method}:${path.length}:${used}`,
        'x-github-media-type': 'github.v3; format=json',
      }
    },
    overview() {
      const left = Math.max(remaining, 0)
      return {
        limit: perHour,
        used: perHour - left,
        remaining: left,
        reset: Math.ceil(resetAt / 1000),
      }
    },
  }
  return limits
}
