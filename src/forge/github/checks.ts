import type { Check } from '../../core/checks/check.ts'
import type { Sha } from '../../core/ids.ts'
import type { CommitChecks } from '../forge.ts'
import type { CheckRunData, StatusData, WorkflowRunData } from './check-data.ts'
import { toStatusState } from './check-state.ts'
import { allPages, type GithubRepository, perPage } from './github-repository.ts'
import { instead, isRefused } from './to-bot-error.ts'
import { approvalUrl, toChecks } from './to-checks.ts'

/** Null where GitHub knows no such commit. */
export async function readCheckRuns(
  { octokit, where }: GithubRepository,
  sha: Sha,
  signal: AbortSignal,
): Promise<readonly CheckRunData[] | null> {
  try {
    const pages = await allPages(async (page) => {
      const { data, headers } = await octokit.rest.checks.listForRef({
        ...where,
        ref: sha,
        per_page: perPage,
        page,
        request: { signal },
      })
      const runs: readonly CheckRunData[] = data.check_runs
      return { data: runs, headers }
    })
    return pages.flat()
  } catch (error) {
    if (isRefused(error, /no commit found/i)) {
      return null
    }
    throw error
  }
}

/** The last of each context. */
export async function readStatuses(
  { octokit, where }: GithubRepository,
  sha: Sha,
  signal: AbortSignal,
): Promise<readonly StatusData[]> {
  const pages = await allPages(async (page) => {
    const { data, headers } = await octokit.rest.repos.getCombinedStatusForRef({
      ...where,
      ref: sha,
      per_page: perPage,
      page,
      request: { signal },
    })
    const statuses: readonly StatusData[] = data.statuses
    return { data: statuses, headers }
  })
  return pages.flat()
}

/** The newest hundred; none where Actions are switched off or the account may not see them, for CI may be elsewhere. */
export async function readWorkflowRuns(
  { octokit, where }: GithubRepository,
  sha: Sha,
  signal: AbortSignal,
): Promise<readonly WorkflowRunData[]> {
  return await octokit.rest.actions
    .listWorkflowRunsForRepo({ ...where, head_sha: sha, per_page: perPage, request: { signal } })
    .then(({ data }): readonly WorkflowRunData[] => data.workflow_runs)
    .catch(instead('FORGE_NOT_FOUND', []))
    .catch(instead('FORGE_FORBIDDEN', []))
}

function valueOf<T>(result: PromiseSettledResult<readonly T[] | null>): readonly T[] {
  return result.status === 'fulfilled' ? (result.value ?? []) : []
}

/** See `Forge.listChecks`. Three requests, two without statuses, more only beyond a hundred checks. */
export async function listChecks(
  github: GithubRepository,
  sha: Sha,
  signal: AbortSignal,
  unwanted: readonly Check['origin'][] = [],
): Promise<CommitChecks> {
  const [checkRuns, statuses, workflowRuns] = await Promise.allSettled([
    readCheckRuns(github, sha, signal),
    unwanted.includes('commit-status') ? [] : readStatuses(github, sha, signal),
    readWorkflowRuns(github, sha, signal),
  ])
  if (checkRuns.status === 'fulfilled' && checkRuns.value === null) {
    return { checks: [], approvalUrl: null }
  }
  for (const result of [checkRuns, statuses, workflowRuns]) {
    if (result.status === 'rejected') {
      throw result.reason
    }
  }
  return {
    checks: toChecks(sha, valueOf(checkRuns), valueOf(statuses), valueOf(workflowRuns)),
    approvalUrl: approvalUrl(valueOf(workflowRuns)),
  }
}

const maxDescriptionLength = 140

/** See `Forge.setStatus`. What is there already is not said again: each status is a webhook that would have us look again. */
export async function setStatus(
  github: GithubRepository,
  check: Check,
  signal: AbortSignal,
): Promise<void> {
  const state = toStatusState(check.state)
  const description =
    check.summary.length <= maxDescriptionLength
      ? check.summary
      : `${check.summary.slice(0, maxDescriptionLength - 1)}\u2026`
  const there = (await readStatuses(github, check.sha, signal)).find(
    ({ context }) => context === check.context,
  )
  if (
    there?.state === state &&
    (there.description ?? '') === description &&
    (there.target_url ?? '') === (check.targetUrl ?? '')
  ) {
    return
  }
  await github.octokit.rest.repos.createCommitStatus({
    ...github.where,
    sha: check.sha,
    state,
    context: check.context,
    description,
    ...(check.targetUrl === null ? {} : { target_url: check.targetUrl }),
    request: { signal },
  })
}
