import type { RefName, Sha } from '../../../src/core/ids.ts'
import type { Permission } from '../fake-forge/accounts.ts'
import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
  type LoggedCall,
  openApiServer,
} from '../fake-forge/api-server.ts'
import type { ObservedPush } from '../fake-forge/git-host.ts'
import type { Route } from '../fake-forge/route-table.ts'
import type { WebhookSender } from '../fake-forge/webhook-sender.ts'
import { actionsRoutes, answerLog } from './actions.ts'
import { admitGit, refusalOf } from './admission.ts'
import type { Permissions } from './app.ts'
import { appRoutes } from './app-routes.ts'
import { type Caller, callerOf } from './callers.ts'
import { checkRoutes } from './checks.ts'
import { githubChecker } from './github-checker.ts'
import { answerGraphql } from './graphql.ts'
import { type GithubHands, makeHands } from './hands.ts'
import { issueCommentRoutes } from './issue-comments.ts'
import { issueRoutes } from './issues.ts'
import { type Limits, openLimits } from './limits.ts'
import { makeRepositories } from './make-repositories.ts'
import { answerManifest } from './manifest.ts'
import { pullContentRoutes } from './pull-contents.ts'
import { pullRoutes } from './pulls.ts'
import { onPush } from './pushes.ts'
import { repositoryRoutes } from './repositories.ts'
import { reviewRoutes } from './reviews.ts'
import type { RepositoryCall } from './routes.ts'
import { statusRoutes } from './statuses.ts'
import { makeWorld, type World } from './world.ts'

export interface FakeGithubOptions {
  /** Where series branches go: at first the mirror itself. `fork` with `app`: a fork of the same account, as an App needs it. */
  readonly placement?: 'same-repo' | 'fork'
  /** Who the bot is. */
  readonly auth?: 'token' | 'app'
  /** Of the installation, or of a fine-grained token; absent: all that the driver is said to need. */
  readonly permissions?: Permissions
  /** The mirror has no commits yet. */
  readonly isEmpty?: boolean
}

export interface RepositoryName {
  readonly owner: string
  readonly name: string
}

/** GitHub, as far as the bot can tell. All that goes over the wire is checked against GitHub's own description. */
export interface FakeGithub extends GithubHands {
  /** `http://127.0.0.1:PORT`; git is at `/owner/name.git`, the API at `/api/v3` and `/api/graphql`, as on an Enterprise Server. */
  readonly url: string
  readonly apiUrl: string
  /** Where pull requests are made: `acme/project`, with a branch `main` whose `file.txt` has the lines `line 1` to `line 20`. */
  readonly mirror: RepositoryName
  /** Where series branches are. */
  readonly heads: RepositoryName
  /** Of the bot's user; good for git as well. */
  readonly token: string
  readonly app: {
    readonly appId: string
    readonly privateKey: string
    readonly installationId: number
    readonly webhookSecret: string
  }
  readonly accounts: World['accounts']
  readonly git: World['git']
  readonly hooks: WebhookSender
  readonly limits: Limits
  /** CI: what is to happen when a pull request is opened, reopened, or its head moves. At first nothing does. */
  onHead(act: (sha: Sha, number: number) => Promise<void>): void
  /** The API requests since it began, oldest first. */
  requests(): readonly LoggedCall[]
  /** What went against the description since the last call of this, which forgets it. */
  takeProblems(): readonly string[]
  /** A token that may do less than its owner. */
  fineGrainedToken(login: string, permissions: Permissions): string
  /** All tokens of installations end now, as they would after their hour. */
  expireTokens(): void
  allow(login: string, permission: Permission): Promise<void>
  moveBranch(ref: RefName): Promise<Sha>
  /**
   * From now on pushes reach git alone: pull requests, and deliveries of webhooks, learn of them with `releasePushes`. GitHub
   * works so too, a moment later.
   */
  holdPushes(): void
  releasePushes(): Promise<void>
  /** Fails where anything went against the description. */
  close(): Promise<void>
}

/** What app.yml asks for. */
export const usualPermissions: Permissions = {
  metadata: 'read',
  contents: 'write',
  pull_requests: 'write',
  issues: 'read',
  checks: 'read',
  statuses: 'write',
  actions: 'write',
}

const botLogin = 'patchferry-bot'

export async function openFakeGithub({
  placement = 'same-repo',
  auth = 'token',
  permissions = usualPermissions,
  isEmpty = false,
}: FakeGithubOptions = {}): Promise<FakeGithub> {
  let held: ObservedPush[] | null = null
  const world = makeWorld(async (there, push) => {
    await (held === null ? onPush(there, push) : held.push(push))
  })
  const limits = openLimits()
  const fineGrained = new Map<string, Permissions>()
  const mirror = { owner: 'acme', name: 'project' }
  const fork =
    auth === 'app'
      ? { owner: 'acme', name: 'project-series' }
      : { owner: botLogin, name: 'project' }
  const heads = placement === 'fork' ? fork : mirror
  await makeRepositories(world, fullName(mirror), fullName(heads), isEmpty)
  for (const login of [botLogin, 'alice', 'bob']) {
    world.accounts.add(login)
  }
  world.accounts.allow(fullName(heads), botLogin, heads === mirror ? 'write' : 'admin')
  world.accounts.allow(fullName(mirror), botLogin, 'write')
  const installationId = world.nextId()
  world.app.installations.push({
    id: installationId,
    account: mirror.owner,
    permissions,
    repositories: [...new Set([fullName(mirror), fullName(heads)])],
  })

  function callerFor(call: ApiCall): Caller {
    const caller = callerOf(world, call.token, fineGrained)
    if (caller === null) {
      throw new ApiRefusal(401, 'Bad credentials')
    }
    return caller
  }

  const server = await openApiServer({
    prefixes: ['/api/v3', ''],
    routes: routesOf(world, limits, callerFor),
    checker: githubChecker,
    completes: true,
    git: world.git,
    admitGit: (asked, token) => admitGit(world, asked, token, fineGrained),
    before: (call) => limits.before(call) ?? refusalOf(world, call, fineGrained),
    isLost: (call, status) => limits.isLost(call, status),
    headers: (call, status) => limits.headers(call, status),
    async pages(call) {
      if (['/api/graphql', '/graphql'].includes(call.path)) {
        const answer = limits.before(call) ?? (await graphql(call))
        const { method, path: asked, written, query } = call
        const operation = 'graphql'
        server.log({
          method,
          path: asked,
          query: query.toString(),
          body: written,
          status: answer.status,
          operation,
        })
        return answer
      }
      return answerLog(world, call) ?? answerManifest(world, call)
    },
  })
  world.url = server.url
  world.report = (problem) => server.report(problem)

  async function graphql(call: ApiCall): Promise<ApiAnswer> {
    const caller = callerOf(world, call.token, fineGrained)
    return caller === null || caller.kind === 'nobody'
      ? { status: 401, body: { message: 'Bad credentials' } }
      : answerGraphql(world, caller, call.written, (problem) => server.report(problem))
  }

  return {
    ...makeHands(world, { mirror: fullName(mirror), heads: fullName(heads) }),
    url: server.url,
    apiUrl: `${server.url}/api/v3`,
    mirror,
    heads,
    token: world.accounts.token(botLogin),
    app: {
      appId: String(world.app.id),
      privateKey: world.app.privateKey,
      installationId,
      webhookSecret: world.app.webhookSecret,
    },
    accounts: world.accounts,
    git: world.git,
    hooks: world.hooks,
    limits,
    onHead(act) {
      world.onHead = act
    },
    requests: () => server.calls,
    takeProblems: () => server.takeProblems(),
    fineGrainedToken(login, granted) {
      const token = world.accounts.token(login)
      fineGrained.set(token, granted)
      return token
    },
    expireTokens() {
      for (const token of world.app.tokens) {
        token.expiresAt = 0
      }
    },
    holdPushes() {
      held ??= []
    },
    async releasePushes() {
      const all = held ?? []
      held = null
      for (const push of all) {
        await onPush(world, push)
      }
    },
    async close() {
      await world.hooks.settled()
      await server.close()
    },
  }
}

function fullName({ owner, name }: RepositoryName): string {
  return `${owner}/${name}`
}

type CallerFor = (call: ApiCall) => Caller

function routesOf(
  world: World,
  limits: Limits,
  callerFor: CallerFor,
): readonly Route<ApiHandler>[] {
  const ofRepositories = [
    ...repositoryRoutes,
    ...pullRoutes,
    ...pullContentRoutes,
    ...issueRoutes,
    ...issueCommentRoutes,
    ...reviewRoutes,
    ...statusRoutes,
    ...checkRoutes,
    ...actionsRoutes,
  ].map(([method, below, handler]) => ({
    method,
    pattern: `/repos/{owner}/{repo}${below}`,
    value: (call: ApiCall) => handler(toRepositoryCall(world, call, callerFor(call))),
  }))
  const global = appRoutes.map(([method, pattern, handler]) => ({
    method,
    pattern,
    value: (call: ApiCall) => handler({ ...call, world, caller: callerFor(call) }),
  }))
  const rateLimit: Route<ApiHandler> = {
    method: 'GET',
    pattern: '/rate_limit',
    value: () => ({
      status: 200,
      body: { resources: { core: limits.overview() }, rate: limits.overview() },
    }),
  }
  return [...ofRepositories, ...global, rateLimit]
}

function toRepositoryCall(world: World, call: ApiCall, caller: Caller): RepositoryCall {
  const { params, body } = call
  const given =
    typeof body === 'object' && body !== null && !Array.isArray(body)
      ? (body as Readonly<Record<string, unknown>>)
      : {}
  const repository = world.repository(`${params['owner']}/${params['repo']}`)
  return { ...call, world, caller, repository, given }
}
