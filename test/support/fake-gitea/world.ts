import type { Sha } from '../../../src/core/ids.ts'
import { type Account, type Accounts, openAccounts } from '../fake-forge/accounts.ts'
import { ApiRefusal } from '../fake-forge/api-server.ts'
import { type GitHost, openGitHost } from '../fake-forge/git-host.ts'
import { openWebhookSender, type WebhookSender } from '../fake-forge/webhook-sender.ts'
import { followPush } from './pull-life.ts'
import type { FakePull, FakeRepository } from './records.ts'
import type { FakeVersion } from './versions.ts'
import { giteaHookDialect } from './webhook-dialect.ts'

/** Everything that the parts of the fake share. */
export interface World {
  readonly version: FakeVersion
  readonly accounts: Accounts
  readonly git: GitHost
  readonly hooks: WebhookSender
  readonly repositories: Map<string, FakeRepository>
  /** Tokens that may do only this, and with which repositories; all others may do everything. */
  readonly scopes: Map<string, readonly string[]>
  /** Accounts that administer the server. */
  readonly admins: Set<string>
  readonly passwords: Map<string, string>
  /** Of the web interface, without a slash at its end; known once the server listens. */
  url: string
  /** See `FakeGitea.onHead`. */
  onHead: (sha: Sha, repository: FakeRepository) => Promise<void>
  nextId(): number
  /** In whole seconds, as the servers store it. */
  now(): Date
}

export function openWorld(version: FakeVersion): World {
  let ids = 100
  const world: World = {
    version,
    accounts: openAccounts('gt_'),
    git: openGitHost(async (push) => followPush(world, push)),
    hooks: openWebhookSender(giteaHookDialect(version)),
    repositories: new Map(),
    scopes: new Map(),
    admins: new Set(),
    passwords: new Map(),
    url: '',
    onHead: async () => {},
    nextId() {
      ids += 1
      return ids
    },
    now: () => new Date(Math.floor(Date.now() / 1000) * 1000),
  }
  return world
}

export async function addRepository(
  world: World,
  name: string,
  parent: string | null,
  config: Readonly<Record<string, string>> = {},
): Promise<FakeRepository> {
  const repository: FakeRepository = {
    id: world.nextId(),
    name,
    parent,
    archived: false,
    hasActions: true,
    labels: [],
    pulls: new Map(),
    statuses: [],
    runs: [],
  }
  world.repositories.set(name.toLowerCase(), repository)
  const [owner = ''] = name.split('/')
  world.accounts.allow(name, owner, 'admin')
  if (parent === null) {
    await world.git.create(name, config)
  } else {
    await world.git.fork(parent, name)
  }
  return repository
}

export function repositoryAt(
  world: World,
  { owner, repo }: Readonly<Record<string, string>>,
): FakeRepository {
  const found = world.repositories.get(`${owner}/${repo}`.toLowerCase())
  if (found === undefined) {
    throw new ApiRefusal(404, "The target couldn't be found.")
  }
  return found
}

export function pullAt(repository: FakeRepository, index: string | undefined): FakePull {
  const found = repository.pulls.get(Number(index))
  if (found === undefined) {
    throw new ApiRefusal(404, "The target couldn't be found.")
  }
  return found
}

export function callerOf(world: World, token: string | null): Account {
  const account = token === null ? null : world.accounts.ofToken(token)
  if (account === null) {
    throw new ApiRefusal(401, 'invalid username, password or token')
  }
  return account
}

/** Refuses whoever may do less: with 403, as the servers do on a public repository. */
export function demand(
  world: World,
  repository: FakeRepository,
  account: Account,
  least: 'write' | 'admin',
): void {
  if (!mayDo(world, repository, account.login, least)) {
    throw new ApiRefusal(403, `user should have ${least} permission`)
  }
}

export function mayDo(
  world: World,
  repository: FakeRepository,
  login: string,
  least: 'write' | 'admin',
): boolean {
  const permission = world.accounts.permission(repository.name, login)
  return permission === 'admin' || permission === least
}
