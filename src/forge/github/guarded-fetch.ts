import { BotError } from '../../core/bot-error.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../log/logger.ts'
import type { ForgeUsage } from '../forge.ts'
import { openAnswerCache } from './answer-cache.ts'
import type { RequestBudget } from './request-budget.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface GuardedFetch {
  readonly fetch: Fetch
  usage(): ForgeUsage
}

export interface GuardedFetchOptions {
  readonly fetch: Fetch
  readonly budget: RequestBudget
  readonly clock: Clock
  readonly log: Logger
}

const usualTimeoutMs = 30_000
const maxCachedCharacters = 16 * 1024 * 1024

/**
 * Fetches and reads by `read`, both within `timeoutMs`. What goes wrong on the way is FORGE_UNREACHABLE, and an abort the
 * signal's own reason.
 */
export async function reach<T>(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  read: (answer: Response) => Promise<T>,
  timeoutMs = usualTimeoutMs,
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  try {
    return await read(await fetch(url, { ...init, signal }))
  } catch (cause) {
    init.signal?.throwIfAborted()
    const { origin } = new URL(url)
    const why = timeout.aborted ? `no answer in ${timeoutMs / 1000} s` : 'the connection failed'
    throw new BotError('FORGE_UNREACHABLE', `${origin}: ${why}`, { retry: 'later', cause })
  }
}

/** An answer whose body has arrived; it has no encoding any more. */
interface Arrived {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function arrive(answer: Response): Promise<Arrived> {
  const headers = new Headers(answer.headers)
  headers.delete('content-encoding')
  headers.delete('content-length')
  return { status: answer.status, headers, text: await answer.text() }
}

function toResponse({ status, headers, text }: Arrived): Response {
  // Answers of these kinds have no body, not even an empty one.
  const hasNoBody = status === 204 || status === 205 || status === 304
  return new Response(hasNoBody ? null : text, { status, headers })
}

function numberOf(headers: Headers, name: string): number | null {
  const value = headers.get(name)
  return value !== null && /^\d+$/.test(value) ? Number(value) : null
}

/**
 * Wraps `fetch` for one account on GitHub: counts, keeps within `budget`, writes one at a time, asks with the ETag of the last
 * answer and gives that one where GitHub says "not modified", and throws FORGE_RATE_LIMITED where it says "too many".
 */
export function guardFetch({ fetch, budget, clock, log }: GuardedFetchOptions): GuardedFetch {
  const cache = openAnswerCache(maxCachedCharacters)
  let usage: ForgeUsage = { calls: 0, unmodified: 0, remaining: null, resetAt: null }
  let lastWrite: Promise<unknown> = Promise.resolve()

  function note(headers: Headers): void {
    const remaining = numberOf(headers, 'x-ratelimit-remaining')
    const reset = numberOf(headers, 'x-ratelimit-reset')
    if (remaining !== null && (headers.get('x-ratelimit-resource') ?? 'core') === 'core') {
      usage = {
        ...usage,
        remaining,
        resetAt: reset === null ? usage.resetAt : new Date(reset * 1000),
      }
    }
  }

  function refuseLimited({ status, headers, text }: Arrived): void {
    if (status !== 403 && status !== 429) {
      return
    }
    const reset = numberOf(headers, 'x-ratelimit-reset')
    if (headers.get('x-ratelimit-remaining') === '0') {
      const soonMs = clock().getTime() + 60_000
      throw budget.exhausted(new Date(reset === null ? soonMs : reset * 1000))
    }
    const afterSeconds = numberOf(headers, 'retry-after')
    if (status === 429 || afterSeconds !== null || /secondary rate limit/i.test(text)) {
      throw budget.tooFast(afterSeconds === null ? null : afterSeconds * 1000)
    }
  }

  async function send(url: string, init: RequestInit): Promise<Response> {
    init.signal?.throwIfAborted()
    const method = init.method ?? 'GET'
    const headers = new Headers(init.headers)
    const key = `${headers.get('accept') ?? ''} ${url}`
    const known = method === 'GET' ? cache.get(key) : null
    if (known !== null) {
      headers.set('if-none-match', known.etag)
    }
    budget.take(method !== 'GET')
    usage = { ...usage, calls: usage.calls + 1 }
    const answer = await reach(fetch, url, { ...init, headers }, arrive)
    const { status } = answer
    note(answer.headers)
    log.debug(
      { method, path: new URL(url).pathname, status, remaining: usage.remaining },
      'asked github',
    )
    refuseLimited(answer)
    budget.answered()
    if (status === 304 && known !== null) {
      usage = { ...usage, unmodified: usage.unmodified + 1 }
      return toResponse({ ...known, status: 200 })
    }
    const etag = answer.headers.get('etag')
    if (method === 'GET' && status === 200 && etag !== null) {
      cache.set(key, { ...answer, etag })
    }
    return toResponse(answer)
  }

  return {
    usage: () => usage,
    fetch: (url, init) => {
      if ((init.method ?? 'GET') === 'GET') {
        return send(url, init)
      }
      const turn = lastWrite.then(() => send(url, init))
      lastWrite = turn.catch(() => {})
      return turn
    },
  }
}
