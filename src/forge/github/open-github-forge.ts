import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../log/logger.ts'
import type { Forge, ForgeCapabilities } from '../forge.ts'
import { maxMarkerLength } from '../marker.ts'
import { listChecks, setStatus } from './checks.ts'
import { ensureComment, listComments, permissionOf } from './comments.ts'
import { closePullRequest, editPullRequest, ensurePullRequest } from './ensure-pull-request.ts'
import { examine } from './examine.ts'
import { lackOfWorkflows } from './examine-permissions.ts'
import { findPullRequests, getPullRequest, openPullRequests } from './find-pull-requests.ts'
import {
  type AppPermissions,
  type GithubCredentials,
  openGithubAuth,
  type RepositoryName,
} from './github-auth.ts'
import { fullName, type GithubRepository } from './github-repository.ts'
import { type Fetch, guardFetch } from './guarded-fetch.ts'
import { readLog } from './job-log.ts'
import { makeOctokit } from './octokit.ts'
import { openRequestBudget, type RequestBudget } from './request-budget.ts'
import { rerunChecks } from './rerun-checks.ts'
import { ensureReply, ensureReview, listReviews } from './reviews.ts'

export interface GithubForgeOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string
  /** Where pull requests are made. */
  readonly repository: RepositoryName
  /** Where series branches are pushed: the same, or the bot's fork of it. */
  readonly heads: RepositoryName
  readonly auth: GithubCredentials
  /** Workflows are pushed to the base branches, which an App, or a token, must be allowed by itself. */
  readonly pushesWorkflows?: boolean
  readonly clock: Clock
  readonly log: Logger
  /** The one of this process when absent. */
  readonly fetch?: Fetch
  /** What several repositories share that one account works on; one of its own when absent. */
  readonly budget?: RequestBudget
}

/** GitHub refuses a body of more than 65536 characters; a marker needs its room too. */
const maxBodyLength = 65_536 - maxMarkerLength

export const githubCapabilities: ForgeCapabilities = {
  pullRequests: true,
  draftPullRequests: true,
  agit: false,
  ciReadsMerge: true,
  workflowFolders: ['.github/workflows'],
  // GitHub takes them from the default branch, whatever the base is.
  ciReadsTarget: false,
  checks: true,
  jobLogs: true,
  reviews: true,
  reviewReplies: true,
  rerun: true,
  approvals: true,
  maxBodyLength,
}

/** The first token of a service comes at its start, and says what the App may do. */
function warnOnce(repository: string, log: Logger): (permissions: AppPermissions) => void {
  let isSaid = false
  return (permissions) => {
    const lack = lackOfWorkflows(permissions)
    if (lack !== null && !isSaid) {
      isSaid = true
      log.warn(
        { repository },
        `${lack}: add it in its settings, and accept it for the installation`,
      )
    }
  }
}

/** One repository on GitHub or GitHub Enterprise. Asks for nothing until it is used. */
export function openGithubForge(options: GithubForgeOptions): Forge {
  const { apiUrl, repository, heads, clock, log } = options
  const fetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
  const budget = options.budget ?? openRequestBudget(clock)
  const guarded = guardFetch({ fetch, budget, clock, log })
  const parts = { apiUrl, fetch: guarded.fetch, clock }
  const pushesWorkflows = options.pushesWorkflows ?? false
  const warnOfLack = pushesWorkflows ? warnOnce(fullName(repository), log) : () => {}
  const auth = openGithubAuth(options.auth, repository, { ...parts, onPermissions: warnOfLack })
  const { auth: credentials } = options
  // An App has an installation, and tokens, for each account: a fork elsewhere is pushed to by those of its own.
  const isElsewhere = heads.owner.toLowerCase() !== repository.owner.toLowerCase()
  const headsAuth =
    credentials.kind === 'app' && isElsewhere
      ? openGithubAuth({ ...credentials, installationId: null }, heads, parts)
      : auth
  const github: GithubRepository = {
    octokit: makeOctokit(apiUrl, guarded.fetch, auth),
    where: { owner: repository.owner, repo: repository.name },
    heads,
    pushesWorkflows,
    ownLogin: (signal) => auth.ownLogin(signal),
    log,
  }
  return {
    repository: fullName(repository),
    capabilities: githubCapabilities,
    ensurePullRequest: (spec, signal) => ensurePullRequest(github, spec, signal),
    editPullRequest: (seen, change, signal) => editPullRequest(github, seen, change, signal),
    getPullRequest: (number, signal) => getPullRequest(github, number, signal),
    findPullRequests: (headRef, signal) => findPullRequests(github, headRef, signal),
    openPullRequests: (signal) => openPullRequests(github, signal),
    closePullRequest: (number, signal) => closePullRequest(github, number, signal),
    ensureComment: (number, key, body, signal) => ensureComment(github, number, key, body, signal),
    listComments: (number, since, signal) => listComments(github, number, since, signal),
    permissionOf: (login, signal) => permissionOf(github, login, signal),
    listChecks: (sha, signal, unwanted) => listChecks(github, sha, signal, unwanted),
    readLog: (check, maxBytes, signal) => readLog(github, check, fetch, maxBytes, signal),
    rerunChecks: (sha, signal) => rerunChecks(github, sha, signal),
    setStatus: (check, signal) => setStatus(github, check, signal),
    listReviews: (number, signal) => listReviews(github, number, signal),
    ensureReview: (number, key, draft, signal) => ensureReview(github, number, key, draft, signal),
    ensureReply: (number, commentId, key, body, signal) =>
      ensureReply(github, number, commentId, key, body, signal),
    usage: () => guarded.usage(),
    examine: (signal) => examine(github, auth, signal),
    gitAuthorization: (of, signal) => (of === 'heads' ? headsAuth : auth).gitAuthorization(signal),
  }
}
