import path from 'node:path'
import type { RefName } from '../core/ids.ts'
import type { MailingList } from '../core/project.ts'
import { knownBots } from '../core/report/other-bots.ts'
import type { Isolation } from '../core/trust/isolation.ts'
import { deepFreeze } from '../util/deep-freeze.ts'
import type {
  AccessToken,
  Config,
  ForgeConfig,
  ProjectConfig,
  Secret,
  TestingConfig,
} from './config.ts'
import type { KeyPath } from './entries.ts'
import { isLocalRepository } from './fields.ts'
import { originOf, repositoryOn } from './repository-name.ts'
import type { ReportSettings } from './schema/reports.ts'
import type { Settings } from './schema/schema.ts'
import type { ReadSecrets } from './secrets.ts'
import { toDelivery } from './to-delivery.ts'
import { toForges } from './to-forges.ts'
import { toReportPolicy } from './to-report-policy.ts'
import { toSources } from './to-sources.ts'
import { toWatchPolicy } from './to-watch-policy.ts'

type ProjectSettings = Settings['projects'][number]
type TestSettings = NonNullable<ProjectSettings['tests']>

function toBranchRef(branch: string): RefName {
  return `refs/heads/${branch}` as RefName
}

function toUrl(url: string, folder: string): string {
  return isLocalRepository(url) ? path.resolve(folder, url) : url
}

function toIsolation(tests: TestSettings): Isolation {
  switch (tests.isolation) {
    case 'none':
      return { kind: 'none' }
    case 'bubblewrap':
      return { kind: 'bubblewrap', readable: tests.readable }
    case 'container':
      return {
        kind: 'container',
        engine: tests.engine,
        image: tests.image ?? '',
        memoryBytes: tests.memory ?? null,
        processes: tests.processes ?? null,
      }
  }
}

function toTesting(tests: TestSettings): TestingConfig {
  return {
    isolation: toIsolation(tests),
    environment: tests.environment,
    outputBytes: tests.output,
  }
}

/** HTTP basic authentication, RFC 7617. */
function toAuthorization(
  user: string | undefined,
  password: Secret | null,
  secrets: ReadSecrets,
): Secret | null {
  return user === undefined || password === null
    ? null
    : {
        reveal() {
          const both = Buffer.from(`${user}:${password.reveal()}`).toString('base64')
          secrets.addValue(both)
          return `Basic ${both}`
        },
      }
}

/** Where a server is known to people by another name, they know the fork on it by that name too. */
function publicHeadsUrl({
  url,
  publicUrl,
  fork,
  publicForkUrl,
}: ProjectSettings['mirror']): string {
  const given = publicForkUrl ?? fork
  const isOtherServer =
    publicForkUrl === undefined &&
    fork !== undefined &&
    repositoryOn(publicUrl) !== null &&
    originOf(url) === originOf(fork)
  return isOtherServer
    ? originOf(publicUrl) + fork.slice(originOf(fork).length)
    : (given ?? publicUrl)
}

function toForge(
  mirror: ProjectSettings['mirror'],
  forges: readonly ForgeConfig[],
): ProjectConfig['forge'] {
  const account = forges.find(({ name }) => name === mirror.forge)
  const headsUrl = mirror.fork ?? mirror.url
  const [repository, heads] = [repositoryOn(mirror.url), repositoryOn(headsUrl)]
  return account === undefined || repository === null || heads === null
    ? null
    : { account, repository, heads, headsUrl }
}

function toProject(
  settings: ProjectSettings,
  keyPath: KeyPath,
  lists: readonly MailingList[],
  reportsOfLists: ReadonlyMap<string, ReportSettings | undefined>,
  forges: readonly ForgeConfig[],
  folder: string,
  secrets: ReadSecrets,
): ProjectConfig {
  const { mirror, upstream, tests, reports } = settings
  const mirrorPassword = secrets.secretAt([...keyPath, 'mirror'], 'password')
  const upstreamPassword = secrets.secretAt([...keyPath, 'upstream'], 'password')
  return {
    name: settings.name,
    lists: settings.lists.flatMap((name) => lists.find((list) => list.name === name) ?? []),
    prefixes: settings.prefixes ?? null,
    paths: settings.paths ?? null,
    upstreamUrl: upstream === undefined ? null : toUrl(upstream.url, folder),
    upstreamAuthorization: toAuthorization(upstream?.user, upstreamPassword, secrets),
    forge: toForge(mirror, forges),
    placement: mirror.placement ?? null,
    checks: { expected: settings.checks.expected, quietMs: settings.checks.quiet },
    mirrorUrl: toUrl(mirror.url, folder),
    overlayFolder: mirror.overlay === undefined ? null : path.resolve(folder, mirror.overlay),
    mirrorAuthorization: toAuthorization(mirror.user, mirrorPassword, secrets),
    holdsNoSecrets: mirror.holdsNoSecrets,
    publicMirrorUrl: toUrl(mirror.publicUrl, folder),
    publicHeadsUrl: toUrl(publicHeadsUrl(mirror), folder),
    branches: settings.branches.map(toBranchRef),
    prefixBranches: Object.fromEntries(
      Object.entries(settings.prefixBranches).map(([word, name]) => [word, toBranchRef(name)]),
    ),
    usesGreenBase: settings.greenBase,
    settleMs: settings.settle,
    tests:
      tests === undefined
        ? null
        : {
            name: tests.name,
            argv: tests.command,
            timeoutMs: tests.timeout,
            bisectForMs: tests.bisect ?? null,
          },
    testing: tests === undefined ? null : toTesting(tests),
    trust: {
      ciPaths: settings.trust.ciPaths,
      unknownSenders: settings.trust.unknownSenders,
      authservIds: settings.trust.authservIds,
      knownSenders: settings.trust.knownSenders,
      approvers: settings.trust.approvers,
    },
    reports: toReportPolicy([reports]),
    listReports: Object.fromEntries(
      settings.lists.flatMap((name) => {
        const own = reportsOfLists.get(name)
        return own === undefined ? [] : [[name, toReportPolicy([own, reports])] as const]
      }),
    ),
  }
}

function toTokens(
  names: readonly { readonly name: string }[],
  keyPath: KeyPath,
  secrets: ReadSecrets,
): readonly AccessToken[] {
  return names.flatMap(({ name }, index) => {
    const token = secrets.secretAt([...keyPath, 'tokens', index], 'token')
    return token === null ? [] : [{ name, token }]
  })
}

/** Makes the frozen configuration out of settings without findings. `file` is absolute. */
export function toConfig(file: string, settings: Settings, secrets: ReadSecrets): Config {
  const folder = path.dirname(file)
  const lists = settings.lists.map((list) => ({
    name: list.name,
    address: list.address,
    listId: list.listId ?? null,
    formerAddresses: list.formerAddresses,
    formerListIds: list.formerListIds,
    archiveUrl: list.archiveUrl ?? null,
    sources: list.sources.map((source) => source.name),
    ignoredPrefixes: list.ignorePrefixes,
  }))
  const web = settings.web
  const reportsOfLists = new Map(settings.lists.map(({ name, reports }) => [name, reports]))
  const forges = toForges(settings.forges, secrets)
  const projects = settings.projects.map((project, index) =>
    toProject(project, ['projects', index], lists, reportsOfLists, forges, folder, secrets),
  )
  return deepFreeze({
    file,
    stateDirectory: path.resolve(folder, settings.state),
    bot: { name: settings.bot.name, address: settings.bot.address },
    otherBots: settings.bot.others ?? knownBots,
    lists,
    sources: toSources(settings.lists, folder, secrets),
    forges,
    projects,
    delivery: toDelivery(settings, folder, secrets),
    watch: toWatchPolicy(settings),
    mailTemplates:
      settings.mailTemplates === undefined ? null : path.resolve(folder, settings.mailTemplates),
    retention: {
      logsMs: settings.retention.logs,
      checksMs: settings.retention.checks,
      givenUpMs: settings.retention.givenUp,
      checkoutsMs: settings.retention.checkouts,
      mailRefsMs: settings.retention.mailRefs ?? Number.POSITIVE_INFINITY,
    },
    web: {
      public: {
        host: web.public.host,
        port: web.public.port,
        url: web.public.url ?? null,
        tokens: toTokens(web.public.tokens, ['web', 'public'], secrets),
      },
      operator: {
        host: web.operator.host,
        port: web.operator.port,
        tokens: toTokens(web.operator.tokens, ['web', 'operator'], secrets),
        hosts: web.operator.hosts.map((host) => host.toLowerCase()),
        isBehindTls: web.operator.tls,
      },
    },
    log: settings.log,
    secrets: () => secrets.values(),
    secretFiles: secrets.files,
  })
}
