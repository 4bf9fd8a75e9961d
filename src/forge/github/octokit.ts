import { Octokit } from '@octokit/rest'
import { BotError } from '../../core/bot-error.ts'
import type { Fetch } from './guarded-fetch.ts'
import { toBotError } from './to-bot-error.ts'

/** Whose name requests are made in. */
export interface RequestAuth {
  /** The `Authorization` header. */
  authorization(signal: AbortSignal): Promise<string>
  /** GitHub did not take the last one: true where another can be had. */
  renew(): boolean
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * An Octokit that throws FORGE_* faults only, writes to no console and asks through `fetch`. Every call of it takes
 * `request: { signal }`.
 */
export function makeOctokit(apiUrl: string, fetch: Fetch, auth: RequestAuth): Octokit {
  const octokit = new Octokit({
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'patchferry',
    log: silent,
    request: { fetch, log: silent },
  })
  octokit.hook.wrap('request', async (request, options) => {
    const signal = options.request?.signal ?? new AbortController().signal
    const what = `${options.method} ${options.url}`
    signal.throwIfAborted()

    async function ask(): Promise<Awaited<ReturnType<typeof request>>> {
      // Hooks below this one were given these options already, so others would not reach them.
      options.headers.authorization = await auth.authorization(signal)
      try {
        return await request(options)
      } catch (error) {
        signal.throwIfAborted()
        throw toBotError(error, what)
      }
    }

    try {
      return await ask()
    } catch (error) {
      const isStale = error instanceof BotError && error.details['status'] === 401
      if (isStale && auth.renew()) {
        return await ask()
      }
      throw error
    }
  })
  return octokit
}
