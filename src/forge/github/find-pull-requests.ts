import type { RefName } from '../../core/ids.ts'
import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import { allPages, type GithubRepository, perPage } from './github-repository.ts'
import {
  branchName,
  isFromHeads,
  type PullRequestData,
  toPullRequest,
} from './pull-request-data.ts'
import { instead } from './to-bot-error.ts'

export async function readPullRequest(
  { octokit, where }: GithubRepository,
  number: number,
  signal: AbortSignal,
): Promise<PullRequestData | null> {
  return await octokit.rest.pulls
    .get({ ...where, pull_number: number, request: { signal } })
    .then(({ data }) => data, instead('FORGE_NOT_FOUND', null))
}

export async function getPullRequest(
  github: GithubRepository,
  number: number,
  signal: AbortSignal,
): Promise<PullRequest | null> {
  const data = await readPullRequest(github, number, signal)
  return data === null ? null : toPullRequest(data)
}

/** Those of one branch, newest first; GitHub filters by owner and branch, we by repository. */
export async function listOfHead(
  github: GithubRepository,
  headRef: RefName,
  state: 'open' | 'all',
  signal: AbortSignal,
): Promise<readonly PullRequestData[]> {
  const pages = await allPages<readonly PullRequestData[]>((page) =>
    github.octokit.rest.pulls.list({
      ...github.where,
      head: `${github.heads.owner}:${branchName(headRef)}`,
      state,
      sort: 'created',
      direction: 'desc',
      per_page: perPage,
      page,
      request: { signal },
    }),
  )
  return pages
    .flat()
    .filter((one) => isFromHeads(github, one) && one.head.ref === branchName(headRef))
    .toSorted((a, b) => b.number - a.number)
}

export async function findPullRequests(
  github: GithubRepository,
  headRef: RefName,
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  return (await listOfHead(github, headRef, 'all', signal)).map(toPullRequest)
}

export async function openPullRequests(
  github: GithubRepository,
  signal: AbortSignal,
): Promise<readonly PullRequest[]> {
  const pages = await allPages<readonly PullRequestData[]>((page) =>
    github.octokit.rest.pulls.list({
      ...github.where,
      state: 'open',
      sort: 'created',
      direction: 'asc',
      per_page: perPage,
      page,
      request: { signal },
    }),
  )
  const own = pages.flat().filter((one) => isFromHeads(github, one))
  // One that is opened or closed between two pages moves the others, so that one may come twice.
  const byNumber = new Map(own.map((one) => [one.number, toPullRequest(one)]))
  return [...byNumber.values()].toSorted((a, b) => a.number - b.number)
}
