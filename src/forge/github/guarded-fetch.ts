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

const timeoutMs = 30_000
const maxCachedCharacters = 16 * 1024 * 1024

/** Fetches, and turns what goes wrong on the way into FORGE_UNREACHABLE, and an abort into the signal's own reason. */
export async function reach(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  try {
    return await fetch(url, { ...init, signal })
  } catch (cause) {
    init.signal?.throwIfAborted()
    const { origin } = new URL(url)
    const why = timeout.aborted ? `no answer in ${timeoutMs / 1000} s` : 'no connection'
    throw new BotError('FORGE_UNREACHABLE', `${origin}: ${why}`, { retry: 'later', cause })
  }
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

  async function refuseLimited(answer: Response): Promise<void> {
    if (answer.status !== 403 && answer.status !== 429) {
      return
    }
    const reset = numberOf(answer.headers, 'x-ratelimit-reset')
    if (answer.headers.get('x-ratelimit-remaining') === '0') {
      const soonMs = clock().getTime() + 60_000
      throw budget.exhausted(new Date(reset === null ? soonMs : reset * 1000))
    }
    const afterSeconds = numberOf(answer.headers, 'retry-after')
    const text = await answer.clone().text()
    if (answer.status === 429 || afterSeconds !== null || /secondary rate limit/i.test(text)) {
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
    const answer = await reach(fetch, url, { ...init, headers })
    note(answer.headers)
    log.debug(
      { method, path: new URL(url).pathname, status: answer.status, remaining: usage.remaining },
      'asked github',
    )
    await refuseLimited(answer)
    budget.answered()
    if (answer.status === 304 && known !== null) {
      usage = { ...usage, unmodified: usage.unmodified + 1 }
      return new Response(known.text, { status: 200, headers: known.headers })
    }
    const etag = answer.headers.get('etag')
    if (method !== 'GET' || answer.status !== 200 || etag === null) {
      return answer
    }
    const text = await answer.text()
    // The text is no longer in the encoding of the answer.
    const kept = new Headers(answer.headers)
    kept.delete('content-encoding')
    kept.delete('content-length')
    cache.set(key, { etag, headers: kept, text })
    return new Response(text, { status: 200, headers: kept })
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
