import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { runGitAsync } from '../run-git-async.ts'
import { testGitEnvironment } from '../test-repo.ts'

export interface RefMove {
  readonly ref: string
  /** Null where the ref is new. */
  readonly before: string | null
  /** Null where it was deleted. */
  readonly after: string | null
}

export interface ObservedPush {
  /** `owner/name`. */
  readonly repository: string
  readonly login: string
  readonly moved: readonly RefMove[]
}

export type GitService = 'git-upload-pack' | 'git-receive-pack'

/** A request for git's smart HTTP, as told from its URL. */
export interface GitRequest {
  readonly repository: string
  readonly service: GitService
  /** Below the repository: `/info/refs` or `/<service>`. */
  readonly path: string
  readonly query: string
}

/** Several bare repositories behind smart HTTP. Never waits synchronously for git: the one who asks lives in this process. */
export interface GitHost {
  /** An empty bare repository. */
  create(repository: string, config?: Readonly<Record<string, string>>): Promise<void>
  /** A copy with all branches, as a fork is. The two have one store of objects: what is pushed to one can be read in the other. */
  fork(from: string, to: string): Promise<void>
  has(repository: string): boolean
  directory(repository: string): string
  /** Runs git in the repository and gives its output, trailing newline removed. Rejects when it fails. */
  git(repository: string, args: readonly string[], input?: string): Promise<string>
  /** By name. */
  refs(repository: string): ReadonlyMap<string, string>
  /** Moves a ref that is none of a push, such as that of a pull request; nobody is told. */
  setRef(repository: string, ref: string, sha: string): void
  /** Moves refs as a push by `login` would: the observer is told, and has done its part, before this ends. */
  change(
    repository: string,
    login: string,
    work: (git: (args: readonly string[], input?: string) => Promise<string>) => Promise<void>,
  ): Promise<readonly RefMove[]>
  /** Answers one request; the caller has checked who it is. `environment` reaches the hooks of the repository. */
  serve(
    asked: GitRequest,
    login: string,
    request: IncomingMessage,
    response: ServerResponse,
    environment?: Readonly<Record<string, string>>,
  ): Promise<void>
  close(): void
}

/** Null for a URL that is none of git's: `/owner/name.git/info/refs?service=...` and the two services. */
export function toGitRequest(url: URL): GitRequest | null {
  const match = /^\/([^/]+\/[^/]+?)(?:\.git)?(\/(?:info\/refs|git-(?:upload|receive)-pack))$/.exec(
    url.pathname,
  )
  const [, repository, inside] = match ?? []
  if (repository === undefined || inside === undefined) {
    return null
  }
  const name = inside === '/info/refs' ? url.searchParams.get('service') : inside.slice(1)
  return {
    repository,
    service: name === 'git-receive-pack' ? 'git-receive-pack' : 'git-upload-pack',
    path: inside,
    query: url.search.slice(1),
  }
}

/** `onPush` is awaited before the one who pushed gets the answer: what a push leads to is there when it ends. */
export function openGitHost(onPush: (push: ObservedPush) => Promise<void>): GitHost {
  const root = mkdtempSync(path.join(tmpdir(), 'patchferry-git-host-'))
  const names = new Set<string>()
  const queues = new Map<string, Promise<unknown>>()

  /** Pushes into one repository follow each other, so that each is told what it moved itself. */
  function inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
    const turn = (queues.get(repository) ?? Promise.resolve()).then(work, work)
    queues.set(repository, turn)
    return turn
  }

  function directory(repository: string): string {
    return path.join(root, `${repository}.git`)
  }

  function git(repository: string, args: readonly string[], input?: string): Promise<string> {
    return runGitAsync(directory(repository), args, input)
  }

  /** Read without git, since it is asked before and after whatever happens. */
  function refs(repository: string): ReadonlyMap<string, string> {
    const packedFile = path.join(directory(repository), 'packed-refs')
    const packed = existsSync(packedFile) ? readFileSync(packedFile, 'utf8') : ''
    const lines = [...packed.matchAll(/^([0-9a-f]{40,64}) (refs\/.*)$/gm)]
    const found = new Map(lines.map(([, sha = '', ref = '']) => [ref, sha] as const))
    const loose = path.join(directory(repository), 'refs')
    for (const entry of readdirSync(loose, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith('.lock')) {
        const file = path.join(entry.parentPath, entry.name)
        const ref = `refs/${path.relative(loose, file).split(path.sep).join('/')}`
        found.set(ref, readFileSync(file, 'utf8').trim())
      }
    }
    return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  async function create(
    repository: string,
    config: Readonly<Record<string, string>>,
  ): Promise<void> {
    names.add(repository)
    await runGitAsync(root, [
      'init',
      '-q',
      '--bare',
      '--template=',
      '-b',
      'main',
      directory(repository),
    ])
    const lines = Object.entries({ 'http.receivepack': 'true', ...config }).map(([name, value]) => {
      const [section, key] = name.split('.')
      return `[${section}]\n\t${key} = ${value}\n`
    })
    appendFileSync(path.join(directory(repository), 'config'), lines.join(''))
  }

  async function observed(
    repository: string,
    login: string,
    work: () => Promise<void>,
  ): Promise<readonly RefMove[]> {
    const before = refs(repository)
    await work()
    const after = refs(repository)
    const moved = [...new Set([...before.keys(), ...after.keys()])]
      .map((ref) => ({ ref, before: before.get(ref) ?? null, after: after.get(ref) ?? null }))
      .filter((move) => move.before !== move.after)
    if (moved.length > 0) {
      await onPush({ repository, login, moved })
    }
    return moved
  }

  return {
    create: (repository, config = {}) => create(repository, config),
    async fork(from, to) {
      await create(to, {})
      const objects = path.join(directory(to), 'objects')
      rmSync(objects, { recursive: true })
      symlinkSync(path.join(directory(from), 'objects'), objects)
      const branches = [...refs(from)].filter(([ref]) => ref.startsWith('refs/heads/'))
      const lines = branches.map(([ref, sha]) => `${sha} ${ref}\n`)
      writeFileSync(path.join(directory(to), 'packed-refs'), lines.join(''))
    },
    has: (repository) => names.has(repository),
    directory,
    git,
    refs,
    setRef(repository, ref, sha) {
      const file = path.join(directory(repository), ref)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, `${sha}\n`)
    },
    change: (repository, login, work) =>
      inTurn(repository, () =>
        observed(repository, login, () => work((args, input) => git(repository, args, input))),
      ),
    async serve(asked, login, request, response, environment = {}) {
      function run(): Promise<CgiAnswer> {
        return runBackend(root, asked, request, { ...environment, REMOTE_USER: login })
      }
      let answer: CgiAnswer | null = null
      if (asked.path === '/git-receive-pack') {
        await inTurn(asked.repository, () =>
          observed(asked.repository, login, async () => {
            answer = await run()
          }),
        )
      }
      const { status, headers, body } = answer ?? (await run())
      response.writeHead(status, headers).end(body)
    },
    close() {
      rmSync(root, { recursive: true, force: true })
    },
  }
}

interface CgiAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** One request as CGI (git-http-backend(1)). */
async function runBackend(
  root: string,
  { repository, path: inside, query }: GitRequest,
  request: IncomingMessage,
  environment: Readonly<Record<string, string>>,
): Promise<CgiAnswer> {
  const child = spawn('git', ['http-backend'], {
    env: {
      ...testGitEnvironment(),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${repository}.git${inside}`,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  request.pipe(child.stdin)
  const output = await buffer(child.stdout)
  const end = output.indexOf('\r\n\r\n')
  const lines = output
    .subarray(0, Math.max(end, 0))
    .toString()
    .split('\r\n')
    .map((line) => line.split(': ', 2) as [string, string])
  const { Status: status = end < 0 ? '500' : '200', ...headers } = Object.fromEntries(lines)
  return { status: Number.parseInt(status, 10), headers, body: output.subarray(end + 4) }
}
