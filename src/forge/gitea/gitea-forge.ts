import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../log/logger.ts'
import type { Forge } from '../forge.ts'
import { openPermissions } from './accounts.ts'
import { userAnswer, versionAnswer } from './answers.ts'
import { openChecks } from './checks.ts'
import { type GiteaClient, openGiteaClient } from './client.ts'
import { openComments } from './comments.ts'
import { dialectOf, type GiteaDialect } from './dialect.ts'
import { examineGitea } from './examine.ts'
import { openJobLogs } from './job-log.ts'
import { openPullRequests } from './pull-requests.ts'
import { fullName, type RepositoryAccess, type RepositoryName } from './repository-access.ts'
import { openReviews } from './reviews.ts'

export interface GiteaForgeOptions {
  /** Of the web interface, a path where it has one included. */
  readonly url: string
  /** Where pull requests are made. */
  readonly repository: RepositoryName
  /** Where branches are: a fork, or null for the same repository. */
  readonly heads: RepositoryName | null
  /** Of a personal access token. */
  readonly token: () => Promise<string>
  readonly clock: Clock
  readonly log: Logger
  readonly fetch?: typeof fetch
}

/** Nothing in the servers limits a text; GitHub's limit keeps what is mirrored elsewhere whole. */
const maxBodyLength = 65_536

/** What `Forge.capabilities` say for a version. */
export function capabilitiesOf({
  runs,
  jobs,
  rerun,
  workflowFolders,
}: GiteaDialect): Forge['capabilities'] {
  return {
    pullRequests: true,
    draftPullRequests: true,
    agit: true,
    ciReadsMerge: false,
    workflowFolders,
    ciReadsTarget: true,
    checks: true,
    jobLogs: jobs !== null,
    reviews: true,
    reviewReplies: false,
    rerun,
    approvals: runs !== null,
    maxBodyLength,
  }
}

/**
 * A repository on Forgejo or Gitea. Asks the server for its version first, and throws FORGE_UNREACHABLE where it does
 * not answer. Pull requests by AGit: flow pushes `refs/for/<base>/<topic>` with the options of the forge, where the topic
 * is `headRef` without `refs/heads/`; then everything here knows the pull request by `headRef`, as if that branch were
 * there, and edits it. It makes none by itself then: there is no such branch, so it throws FORGE_NOT_FOUND.
 */
export async function openGiteaForge(
  options: GiteaForgeOptions,
  signal: AbortSignal,
): Promise<Forge> {
  const { repository, token, log } = options
  const client = openGiteaClient({ ...options, fetch: options.fetch ?? fetch })
  const dialect = await probe(client, signal)
  let login: string | null = null
  const access: RepositoryAccess = {
    client,
    dialect,
    url: `${options.url.replace(/\/+$/, '')}/`,
    repository,
    heads: options.heads ?? repository,
    path: `/repos/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`,
    log,
    async login(asked) {
      login ??= (await client.get('/user', userAnswer, asked)).login
      return login
    },
  }
  return {
    repository: fullName(repository),
    capabilities: capabilitiesOf(access.dialect),
    ...openPullRequests(access),
    ...openComments(access),
    ...openPermissions(access),
    ...openChecks(access),
    ...openJobLogs(access),
    ...openReviews(access),
    usage: () => ({ calls: client.calls(), unmodified: 0, remaining: null, resetAt: null }),
    examine: (asked) => examineGitea(access, asked),
    // Any name goes with a token as the password.
    gitAuthorization: async () =>
      `Basic ${Buffer.from(`patchferry:${await token()}`).toString('base64')}`,
  }
}

/** Forgejo says who it is in its version; where a build of it does not, its own API gives it away. */
async function probe(client: GiteaClient, signal: AbortSignal): Promise<GiteaDialect> {
  const { version } = await client.get('/version', versionAnswer, signal)
  if (version.includes('+gitea-')) {
    return dialectOf(version, true)
  }
  const own = '/../forgejo/v1/version'
  const answer = await client.ask('GET', own, { also: [403, 404] }, signal)
  const told = versionAnswer.safeParse(answer.body)
  return told.success ? dialectOf(told.data.version, true) : dialectOf(version, false)
}
