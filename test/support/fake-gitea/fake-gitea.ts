import type { Sha } from '../../../src/core/ids.ts'
import type { RunningJob } from '../../contract/forge/forge-under-test.ts'
import { type ApiAnswer, type ApiCall, openApiServer } from '../fake-forge/api-server.ts'
import type { WebhookSender } from '../fake-forge/webhook-sender.ts'
import { accountRoutes } from './account-routes.ts'
import { actionRoutes } from './action-routes.ts'
import { addRun, wantedJob } from './actions.ts'
import { adminRoutes } from './admin-routes.ts'
import { type AgitPush, agitConfig, receiveAgit, takeAgit } from './agit.ts'
import { checkerOf } from './description.ts'
import { issueRoutes } from './issue-routes.ts'
import { pullRoutes } from './pull-routes.ts'
import { reviewRoutes } from './review-routes.ts'
import { statusRoutes } from './status-routes.ts'
import { type VersionName, versions } from './versions.ts'
import { addRepository, mayDo, openWorld, type World } from './world.ts'

export interface FakeGitea {
  /** Of the web interface, without a slash at its end; `<url>/<owner>/<name>.git` is git's. */
  readonly url: string
  readonly world: World
  readonly hooks: WebhookSender
  /** Every call of the API, oldest first: method and path, without the query. */
  readonly calls: readonly {
    readonly method: string
    readonly path: string
    readonly status: number
  }[]
  /** An answer in place of the next calls, for as long as it gives one. */
  intercept: ((call: ApiCall) => ApiAnswer | null) | null
  /** What went against the description since this was asked last. */
  takeProblems(): readonly string[]
  addRepository(name: string): Promise<void>
  /** CI: what is to happen when a pull request is opened, or its head moves. At first nothing does. */
  onHead(act: (sha: Sha) => Promise<RunningJob | null>): void
  addFork(from: string, name: string): Promise<void>
  /** Throws when anything went against the description of the API. */
  close(): Promise<void>
}

/** Which scope a path wants (`tokenRequiresScopes` in `routers/api/v1/api.go`); what is not here wants none of these. */
const scopeOf: readonly (readonly [RegExp, string])[] = [
  [/^\/user/, 'user'],
  [/^\/repos\/[^/]+\/[^/]+\/(?:issues|labels)/, 'issue'],
  [/^\/repos/, 'repository'],
]

/** A server of the given version on a free port of this machine. */
export async function openFakeGitea(name: VersionName): Promise<FakeGitea> {
  const world = openWorld(versions[name])
  const server = await openApiServer({
    prefixes: ['/api/v1'],
    routes: [
      ...accountRoutes(world),
      ...adminRoutes(world),
      ...pullRoutes(world),
      ...issueRoutes(world),
      ...statusRoutes(world),
      ...actionRoutes(world),
      ...reviewRoutes(world),
    ],
    checker: checkerOf(world.version),
    git: world.git,
    admitGit: ({ repository, service }, token) => admitGit(world, repository, service, token),
    before: (call) => fake.intercept?.(call) ?? refuseByScope(world, call),
    headers: () => ({ 'cache-control': 'max-age=0, private, must-revalidate' }),
    pages: (call) => answerPage(world, call),
  })
  world.url = server.url
  const fake: FakeGitea = {
    url: server.url,
    world,
    hooks: world.hooks,
    calls: server.calls,
    intercept: null,
    takeProblems: () => server.takeProblems(),
    async addRepository(repository) {
      takeAgit(world, await addRepository(world, repository, null, agitConfig))
    },
    onHead(act) {
      world.onHead = async (sha, repository) => {
        const job = await act(sha)
        if (job !== null) {
          addRun(world, repository, sha, wantedJob(job))
        }
      }
    },
    async addFork(from, repository) {
      await addRepository(world, repository, from)
    },
    async close() {
      await world.hooks.settled()
      await server.close()
    },
  }
  return fake
}

/** What is no API: Forgejo's own version, and the door of the proc-receive hook. */
async function answerPage(world: World, call: ApiCall): Promise<ApiAnswer | null> {
  if (call.path === '/api/forgejo/v1/version' && world.version.product === 'forgejo') {
    return { status: 200, body: { version: world.version.version } }
  }
  const hook = /^\/-\/proc-receive\/(?<name>.+)$/.exec(call.path)?.groups?.['name'] ?? ''
  const repository = world.repositories.get(hook)
  if (repository === undefined) {
    return null
  }
  const push = JSON.parse(call.written) as AgitPush
  return { status: 200, body: await receiveAgit(world, repository, push) }
}

function admitGit(
  world: World,
  name: string,
  service: string,
  token: string | null,
): { readonly login: string; readonly environment: Readonly<Record<string, string>> } | 401 | 404 {
  const repository = world.repositories.get(name.toLowerCase())
  const account = token === null ? null : world.accounts.ofToken(token)
  if (repository === undefined) {
    return 404
  }
  if (account === null) {
    return service === 'git-upload-pack' && token === null
      ? { login: 'nobody', environment: {} }
      : 401
  }
  return {
    login: account.login,
    environment: {
      PATCHFERRY_FAKE_HOOK: `${world.url}/-/proc-receive/${name.toLowerCase()}`,
      PATCHFERRY_FAKE_MAY_WRITE: mayDo(world, repository, account.login, 'write') ? 'yes' : 'no',
    },
  }
}

function refuseByScope(world: World, { token, method, path }: ApiCall): ApiAnswer | null {
  const scopes = world.scopes.get(token ?? '')
  const category = scopeOf.find(([pattern]) => pattern.test(path))?.[1]
  if (scopes === undefined || category === undefined) {
    return null
  }
  const mayRead = method === 'GET' && scopes.includes(`read:${category}`)
  return mayRead || scopes.includes(`write:${category}`)
    ? null
    : { status: 403, body: { message: 'token does not have at least one of required scope(s)' } }
}
