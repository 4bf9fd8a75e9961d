import type { Sha } from '../../../src/core/ids.ts'
import { type Account, type Accounts, openAccounts } from '../fake-forge/accounts.ts'
import { ApiRefusal } from '../fake-forge/api-server.ts'
import { type GitHost, type ObservedPush, openGitHost } from '../fake-forge/git-host.ts'
import { openWebhookSender, type WebhookSender } from '../fake-forge/webhook-sender.ts'
import { type FakeApp, makeApp } from './app.ts'
import { githubChecker } from './github-checker.ts'
import type { AppManifest } from './manifest.ts'
import type { Repository } from './records.ts'
import { repositoryShape, userShape } from './shapes.ts'

/** Everything that a fake GitHub knows. */
export interface World {
  readonly accounts: Accounts
  readonly git: GitHost
  readonly hooks: WebhookSender
  readonly app: FakeApp
  /** Logs behind URLs that are good for a minute, by the end of their path. */
  readonly logs: Map<string, { readonly text: string; readonly expiresAt: number }>
  /** What git once said of commits. */
  readonly facts: Map<string, Promise<unknown>>
  /** Of Apps that somebody is about to register, by code. */
  readonly manifests: Map<string, AppManifest>
  /** By full name in lower case. */
  readonly repositories: Map<string, Repository>
  /** `http://127.0.0.1:PORT`. */
  url: string
  /** Told of everything that is wrong with a webhook payload. */
  report: (problem: string) => void
  /** See `FakeGithub.onHead`. */
  onHead: (sha: Sha, number: number) => Promise<void>
  nextId(): number
  /** Says that something happened, to whom the App is installed at. */
  emit(
    event: string,
    action: string | null,
    repository: Repository,
    sender: Account,
    payload: Readonly<Record<string, unknown>>,
  ): void
  /** Throws the 404 that GitHub gives. */
  repository(fullName: string): Repository
}

export function makeWorld(onPush: (world: World, push: ObservedPush) => Promise<void>): World {
  let ids = 100_000
  const accounts = openAccounts('github_pat_')
  const hooks = openWebhookSender({
    headers: (delivery, { sha1, sha256 }) => ({
      'User-Agent': 'GitHub-Hookshot/fake',
      'X-GitHub-Delivery': delivery.id,
      'X-GitHub-Event': delivery.event,
      'X-GitHub-Hook-ID': '1',
      'X-GitHub-Hook-Installation-Target-ID': String(world.app.id),
      'X-GitHub-Hook-Installation-Target-Type': 'integration',
      'X-Hub-Signature': `sha1=${sha1}`,
      'X-Hub-Signature-256': `sha256=${sha256}`,
    }),
    write: (payload) => JSON.stringify(payload),
  })
  const world: World = {
    accounts,
    git: openGitHost((push) => onPush(world, push)),
    hooks,
    app: makeApp(),
    logs: new Map(),
    facts: new Map(),
    manifests: new Map(),
    repositories: new Map(),
    url: '',
    report: () => {},
    onHead: async () => {},
    nextId() {
      ids += 1
      return ids
    },
    emit(event, action, repository, sender, payload) {
      const installation = world.app.installations.find((one) =>
        one.repositories.includes(repository.fullName),
      )
      const full = githubChecker.completeWebhook(event, action, {
        ...(action === null ? {} : { action }),
        ...payload,
        repository: repositoryShape(world, repository),
        sender: userShape(world, sender),
        ...(installation === undefined
          ? {}
          : { installation: { id: installation.id, node_id: `MDIz${installation.id}` } }),
      })
      const problems = githubChecker.webhook(event, action, JSON.parse(JSON.stringify(full)))
      for (const problem of problems) {
        world.report(`webhook ${event} ${action}: ${problem}`)
      }
      hooks.emit(event, action, full)
    },
    repository(fullName) {
      const found = world.repositories.get(fullName.toLowerCase())
      if (found === undefined) {
        throw new ApiRefusal(404, 'Not Found')
      }
      return found
    },
  }
  return world
}

/** GitHub's times have no fractions of seconds. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

export function addRepository(
  world: World,
  fullName: string,
  parent: string | null = null,
): Repository {
  const [owner = '', name = ''] = fullName.split('/')
  world.accounts.add(owner)
  world.accounts.allow(fullName, owner, 'admin')
  const repository: Repository = {
    id: world.nextId(),
    owner,
    name,
    fullName,
    parent,
    nextNumber: 1,
    pulls: new Map(),
    labels: new Map(),
    comments: [],
    reviews: [],
    remarks: [],
    statuses: [],
    suites: [],
    checkRuns: [],
    runs: [],
  }
  world.repositories.set(fullName.toLowerCase(), repository)
  return repository
}
