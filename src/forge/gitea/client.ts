import type { z } from 'zod'
import { BotError } from '../../core/bot-error.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../log/logger.ts'
import { readTail } from '../read-tail.ts'
import { nextPage, pageSize } from './paging.ts'
import { refusalOf, unreachable } from './refusal.ts'

export type Query = Readonly<Record<string, string | number>>

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

interface Asked {
  readonly query?: Query | undefined
  readonly body?: unknown
  /** Statuses beside 2xx that are answers and no faults. */
  readonly also?: readonly number[]
}

/** The HTTP API of one server below `/api/v1`. Paths are below that; every call throws what `Forge` says. */
export interface GiteaClient {
  ask(method: string, path: string, asked: Asked, signal: AbortSignal): Promise<Answer>
  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal, query?: Query): Promise<T>
  /** Null where the answer is 404. */
  find<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | null>
  /** All pages of a list that is a part of each answer; null where an answer has a status of `also`. */
  listIn<T, Item>(
    path: string,
    schema: z.ZodType<T>,
    itemsOf: (answer: T) => readonly Item[],
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Item[] | null>
  /** All pages. */
  list<T>(path: string, item: z.ZodType<T>, signal: AbortSignal, query?: Query): Promise<T[]>
  send<T>(
    method: string,
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T>
  /** The end of a text, at most `maxBytes`; null where the answer is 404. */
  tail(
    path: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<typeof readTail>> | null>
  /** What an answer holds, checked; `path` is for the fault. */
  read<T>(body: unknown, schema: z.ZodType<T>, path: string): T
  calls(): number
}

export interface GiteaClientOptions {
  /** Of the web interface. */
  readonly url: string
  readonly token: () => Promise<string>
  readonly clock: Clock
  readonly log: Logger
  readonly fetch: typeof fetch
}

const timeoutMs = 60_000

export function openGiteaClient(options: GiteaClientOptions): GiteaClient {
  const { clock, log } = options
  const root = `${options.url.replace(/\/+$/, '')}/api/v1`
  let calls = 0

  async function request(
    method: string,
    url: URL,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> },
    signal: AbortSignal,
  ): Promise<Response> {
    signal.throwIfAborted()
    const authorization = `token ${await options.token()}`
    const startedAt = clock()
    calls += 1
    try {
      const response = await options.fetch(url, {
        method,
        headers: {
          Accept: 'application/json',
          Authorization: authorization,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      })
      const durationMs = clock().getTime() - startedAt.getTime()
      const fields = { method, path: url.pathname, status: response.status, durationMs }
      log.debug(fields, 'forge answered')
      return response
    } catch (error) {
      signal.throwIfAborted()
      throw unreachable(method, url, error)
    }
  }

  async function ask(
    method: string,
    url: URL,
    { body, also = [] }: Asked,
    signal: AbortSignal,
  ): Promise<Answer> {
    const response = await request(method, url, { body }, signal)
    const text = await readText(response, method, url, signal)
    if (!response.ok && !also.includes(response.status)) {
      throw refusalOf(method, url, response, text, clock())
    }
    const { status, headers } = response
    return { status, headers, body: parse(text, response.ok, method, url) }
  }

  function target(path: string, query: Query = {}): URL {
    const url = new URL(`${root}${path}`)
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, String(value))
    }
    return url
  }

  function read<T>(body: unknown, schema: z.ZodType<T>, path: string): T {
    const result = schema.safeParse(body)
    if (!result.success) {
      const [issue] = result.error.issues
      throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`)
    }
    return result.data
  }

  async function listIn<T, Item>(
    path: string,
    schema: z.ZodType<T>,
    itemsOf: (answer: T) => readonly Item[],
    asked: Asked,
    signal: AbortSignal,
  ): Promise<Item[] | null> {
    const pages: (readonly Item[])[] = []
    let next: URL | null = target(path, { ...asked.query, limit: pageSize })
    while (next !== null) {
      const { status, body, headers }: Answer = await ask('GET', next, asked, signal)
      if (asked.also?.includes(status) === true) {
        return null
      }
      pages.push(itemsOf(read(body, schema, path)))
      next = nextPage(next, { headers, ...lengthsOf(pages) })
    }
    return pages.flat()
  }

  return {
    read,
    calls: () => calls,
    ask: (method, path, asked, signal) => ask(method, target(path, asked.query), asked, signal),
    async get(path, schema, signal, query) {
      return read((await ask('GET', target(path, query), {}, signal)).body, schema, path)
    },
    async find(path, schema, signal) {
      const answer = await ask('GET', target(path), { also: [404] }, signal)
      return answer.status === 404 ? null : read(answer.body, schema, path)
    },
    listIn,
    async list(path, item, signal, query) {
      const found = await listIn(path, item.array(), (items) => items, { query }, signal)
      return found ?? []
    },
    async send(method, path, body, schema, signal) {
      return read((await ask(method, target(path), { body }, signal)).body, schema, path)
    },
    async tail(path, maxBytes, signal) {
      const url = target(path)
      // One byte more tells whether there is more.
      const headers = { Accept: 'text/plain', Range: `bytes=-${maxBytes + 1}` }
      const response = await request('GET', url, { headers }, signal)
      // 416: nothing was written yet.
      if (response.status === 404 || response.status === 416) {
        await response.body?.cancel()
        return response.status === 404 ? null : { text: '', isCut: false }
      }
      if (!response.ok) {
        const text = await readText(response, 'GET', url, signal)
        throw refusalOf('GET', url, response, text, clock())
      }
      try {
        return await readTail(response.body ?? new Blob([]).stream(), maxBytes)
      } catch (error) {
        signal.throwIfAborted()
        throw unreachable('GET', url, error)
      }
    },
  }
}

async function readText(
  response: Response,
  method: string,
  url: URL,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw unreachable(method, url, error)
  }
}

function parse(text: string, isWanted: boolean, method: string, url: URL): unknown {
  if (text === '') {
    return null
  }
  try {
    return JSON.parse(text)
  } catch {
    if (isWanted) {
      throw unreadable(`${method} ${url.pathname}`, 'it is no JSON')
    }
    return null
  }
}

function unreadable(path: string, why: string): BotError {
  return new BotError('FORGE_UNREACHABLE', `the answer to ${path} cannot be read: ${why}`, {
    retry: 'later',
    details: { path },
  })
}

function lengthsOf(pages: readonly (readonly unknown[])[]): {
  readonly length: number
  readonly firstLength: number
  readonly soFar: number
} {
  const [length, firstLength] = [pages.at(-1)?.length ?? 0, pages[0]?.length ?? 0]
  return { length, firstLength, soFar: pages.flat().length }
}
