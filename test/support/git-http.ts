import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { testGitEnvironment } from './test-repo.ts'

export interface GitHttp {
  /** Of the repository that is served. */
  readonly url: string
  /** Authorization headers as they came. */
  readonly authorizations: readonly (string | undefined)[]
  /** Answers every further request with this and nothing else. */
  answerWith(status: number, headers?: Readonly<Record<string, string>>): void
  /** What is answered below `url` in place of the repository: body, by path, with an entity tag of it. */
  readonly files: Map<string, Buffer>
  /** Paths below `url` that were asked for, with the status of the answer where a file gave it. */
  readonly asked: string[]
  /** Bodies of the answers that the repository gave to POST, as they were sent. */
  readonly sent: Buffer[]
  close(): Promise<void>
}

export interface GitHttpOptions {
  /** 0: what servers spoke before git 2.18. */
  readonly protocol?: 0 | 2
  /** Called when a request has come, before it is answered. */
  readonly onRequest?: () => void
}

/** Serves one repository over smart HTTP on a free port of this machine; `authorization` is the header it wants. */
export async function serveGit(
  gitDir: string,
  authorization: string | null,
  { protocol = 2, onRequest }: GitHttpOptions = {},
): Promise<GitHttp> {
  // As it is now: what a test sets later is for the one who asks.
  const environment = testGitEnvironment()
  const authorizations: (string | undefined)[] = []
  let fixed: { readonly status: number; readonly headers: Record<string, string> } | null = null
  const files = new Map<string, Buffer>()
  const asked: string[] = []
  const sent: Buffer[] = []
  function answerFile(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name = pathname.replace('/repo.git', '')
    const body = files.get(name)
    if (body === undefined) {
      asked.push(name)
      return false
    }
    const tag = `"${createHash('sha1').update(body).digest('hex')}"`
    const isKnown = request.headers['if-none-match'] === tag
    asked.push(`${name} ${isKnown ? 304 : 200}`)
    response.writeHead(isKnown ? 304 : 200, { ETag: tag }).end(isKnown ? undefined : body)
    return true
  }
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization)
    onRequest?.()
    if (fixed !== null) {
      response.writeHead(fixed.status, fixed.headers).end()
    } else if (authorization !== null && request.headers.authorization !== authorization) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end()
    } else if (!answerFile(request, response)) {
      runBackend(gitDir, environment, protocol, request, response, sent)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/repo.git`,
    authorizations,
    files,
    asked,
    sent,
    answerWith(status, headers = {}): void {
      fixed = { status, headers: { ...headers } }
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One request as CGI (git-http-backend(1)). */
function runBackend(
  gitDir: string,
  environment: Readonly<Record<string, string>>,
  protocol: 0 | 2,
  request: IncomingMessage,
  response: ServerResponse,
  sent: Buffer[],
): void {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const child = spawn('git', ['http-backend'], {
    env: {
      ...environment,
      GIT_PROJECT_ROOT: gitDir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.replace('/repo.git', ''),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: protocol === 0 ? '' : String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'bot',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.once('close', () => {
    const output = Buffer.concat(chunks)
    const end = output.indexOf('\r\n\r\n')
    for (const line of output.subarray(0, end).toString().split('\r\n')) {
      const at = line.indexOf(': ')
      if (line.startsWith('Status: ')) {
        response.statusCode = Number.parseInt(line.slice(at + 2), 10)
      } else {
        response.setHeader(line.slice(0, at), line.slice(at + 2))
      }
    }
    if (request.method === 'POST') {
      sent.push(output.subarray(end + 4))
    }
    response.end(output.subarray(end + 4))
  })
}
