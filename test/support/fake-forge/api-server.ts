import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type GitHost, type GitRequest, toGitRequest } from './git-host.ts'
import type { OpenApiChecker } from './openapi-checker.ts'
import { compileRoutes, type Route } from './route-table.ts'

export interface ApiCall {
  readonly method: string
  /** Without the prefix of the API. */
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Parsed JSON; undefined where there was no body, and for a page. */
  readonly body: unknown
  /** The body as it came. */
  readonly written: string
  readonly headers: IncomingHttpHeaders
  /** Of the OpenAPI operation; null where there is none. */
  readonly operation: string | null
  /** What was shown: of `Bearer`, `token`, or the password of `Basic`. */
  readonly token: string | null
}

export interface ApiAnswer {
  readonly status: number
  /** Written as JSON; absent: no body. */
  readonly body?: unknown
  /** In place of `body`, as it is. */
  readonly raw?: { readonly type: string; readonly bytes: string | Buffer }
  readonly headers?: Readonly<Record<string, string>>
}

export type ApiHandler = (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>

/** Thrown by a handler in place of an answer. */
export class ApiRefusal extends Error {
  readonly answer: ApiAnswer
  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.answer = { status, body: { message, ...more } }
  }
}

export interface LoggedCall {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: unknown
  readonly status: number
  /** Of the OpenAPI operation; null for a call that has none. */
  readonly operation: string | null
}

export interface ApiServerParts {
  /** Where the API is, longest first: `/api/v3`, or the empty string. Below others there is git and `pages`. */
  readonly prefixes: readonly string[]
  readonly routes: readonly Route<ApiHandler>[]
  readonly checker: OpenApiChecker
  /** Handlers leave out what they do not care about, and it is added as the description requires it. */
  readonly completes?: boolean
  readonly git: GitHost
  /** Who pushes or fetches, or why not. */
  readonly admitGit: (
    asked: GitRequest,
    token: string | null,
  ) =>
    | { readonly login: string; readonly environment?: Readonly<Record<string, string>> }
    | 401
    | 403
    | 404
  /** Asked before the handler: limits, authorisation. An answer ends it. */
  readonly before: (call: ApiCall) => ApiAnswer | null
  /** Asked once a call has been answered: the connection breaks, and who called never knows what became of it. */
  readonly isLost?: (call: ApiCall, status: number) => boolean
  /** Added to every answer. */
  readonly headers: (call: ApiCall, status: number) => Readonly<Record<string, string>>
  /** What is no API: GraphQL, logs behind short-lived URLs. Null: not mine. */
  readonly pages: (call: ApiCall) => ApiAnswer | null | Promise<ApiAnswer | null>
}

export interface ApiServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string
  /** Calls of the API since it began, git not counted. */
  readonly calls: readonly LoggedCall[]
  /** What went against the description since the last call of this, which forgets it. */
  takeProblems(): readonly string[]
  report(problem: string): void
  /** Counts a call that a page answered. */
  log(call: LoggedCall): void
  /** Throws where anything went against the description. */
  close(): Promise<void>
}

/** Serves an API, checked against its description both ways, and the git repositories that belong to it. */
export async function openApiServer(parts: ApiServerParts): Promise<ApiServer> {
  const calls: LoggedCall[] = []
  let problems: string[] = []
  const findHandler = compileRoutes(parts.routes)

  async function answerApi(call: ApiCall): Promise<ApiAnswer> {
    const early = parts.before(call)
    if (early !== null) {
      return early
    }
    const match = findHandler(call.method, call.path)
    if (match === null) {
      if (call.operation !== null) {
        problems.push(`${call.method} ${call.path}: this fake does not know how to`)
      }
      return { status: 404, body: { message: 'Not Found' } }
    }
    try {
      return await match.value({ ...call, params: match.params })
    } catch (error) {
      if (error instanceof ApiRefusal) {
        return error.answer
      }
      problems.push(`${call.method} ${call.path} failed: ${String((error as Error).stack)}`)
      return { status: 500, body: { message: String(error) } }
    }
  }

  /** The same again, where the caller has it: conditional requests. */
  function unlessKnown(call: ApiCall, answer: ApiAnswer): ApiAnswer {
    if (call.method !== 'GET' || answer.status !== 200 || answer.body === undefined) {
      return answer
    }
    // "Vary: Accept, Authorization": what one token was told is news to another one.
    const said = `${call.token} ${JSON.stringify(answer.body)}`
    const hash = createHash('sha256').update(said).digest('hex')
    const etag = `W/"${hash}"`
    const known = (call.headers['if-none-match'] ?? '').split(/,\s*/)
    return known.includes(etag)
      ? { status: 304, headers: { etag } }
      : { ...answer, headers: { ...answer.headers, etag } }
  }

  async function serveApi(asked: ApiCall, response: ServerResponse): Promise<void> {
    const { method, path, query, body } = asked
    const { operation, problems: wrong } = parts.checker.request(method, path, query, body)
    const call = { ...asked, operation: operation?.id ?? null }
    const plain =
      wrong.length > 0 && operation !== null
        ? { status: 422, body: { message: `Invalid request. ${wrong.join('. ')}` } }
        : await answerApi(call)
    const hasBody = operation !== null && plain.body !== undefined
    const full =
      hasBody && parts.completes === true
        ? parts.checker.completeAnswer(operation, plain.status, plain.body)
        : plain.body
    const answer = unlessKnown(call, full === undefined ? plain : { ...plain, body: full })
    const where = `${method} ${path}`
    problems.push(...wrong.map((problem) => `request ${where}: ${problem}`))
    if (operation !== null) {
      const asSent = answer.body === undefined ? undefined : roundTrip(answer.body)
      const found = parts.checker.answer(operation, answer.status, asSent, answer.raw === undefined)
      problems.push(...found.map((problem) => `answer ${where} ${answer.status}: ${problem}`))
    }
    calls.push({
      method,
      path,
      query: query.toString(),
      body,
      status: answer.status,
      operation: call.operation,
    })
    const headers = parts.headers(call, answer.status)
    if (parts.isLost?.(call, answer.status) === true) {
      response.destroy()
      return
    }
    write(response, answer, headers)
  }

  async function serveGit(
    asked: GitRequest,
    token: string | null,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const admitted = parts.admitGit(asked, token)
    if (typeof admitted === 'number') {
      request.resume()
      const wanted = admitted === 401 ? { 'www-authenticate': 'Basic realm="Fake"' } : {}
      response.writeHead(admitted, wanted).end()
    } else {
      await parts.git.serve(asked, admitted.login, request, response, admitted.environment)
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const token = tokenOf(request.headers.authorization)
    const asked = toGitRequest(url)
    if (asked !== null) {
      await serveGit(asked, token, request, response)
      return
    }
    const written = await text(request)
    const call: ApiCall = {
      method: request.method ?? 'GET',
      path: url.pathname,
      params: {},
      query: url.searchParams,
      body: undefined,
      written,
      headers: request.headers,
      operation: null,
      token,
    }
    const page = await parts.pages(call)
    if (page !== null && parts.isLost?.(call, page.status) === true) {
      response.destroy()
      return
    }
    if (page !== null) {
      write(response, page, {})
      return
    }
    const prefix = parts.prefixes.find((one) => url.pathname.startsWith(`${one}/`))
    if (prefix === undefined) {
      write(response, { status: 404 }, {})
      return
    }
    const body = written === '' ? undefined : (JSON.parse(written) as unknown)
    await serveApi({ ...call, body, path: url.pathname.slice(prefix.length) }, response)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      problems.push(`${request.method} ${request.url} failed: ${String(error)}`)
      response.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    takeProblems() {
      const taken = problems
      problems = []
      return taken
    },
    report(problem) {
      problems.push(problem)
    },
    log(call) {
      calls.push(call)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      parts.git.close()
      if (problems.length > 0) {
        throw new Error(`Against the description of the API:\n${problems.join('\n')}`)
      }
    },
  }
}

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function tokenOf(authorization: string | undefined): string | null {
  const [scheme = '', shown = ''] = (authorization ?? '').split(' ', 2)
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return shown
    case 'basic':
      return Buffer.from(shown, 'base64').toString().split(':').slice(1).join(':')
    default:
      return null
  }
}

function write(
  response: ServerResponse,
  { status, body, raw, headers }: ApiAnswer,
  more: Readonly<Record<string, string>>,
): void {
  const type = raw?.type ?? 'application/json; charset=utf-8'
  const bytes = raw?.bytes ?? (body === undefined ? undefined : JSON.stringify(body))
  response
    .writeHead(status, {
      ...(bytes === undefined ? {} : { 'content-type': type }),
      ...more,
      ...headers,
    })
    .end(bytes)
}
