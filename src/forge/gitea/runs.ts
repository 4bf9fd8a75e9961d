import type { Sha } from '../../core/ids.ts'
import { type JobAnswer, jobsAnswer, type RunAnswer, runsAnswer } from './answers.ts'
import { pageSize } from './paging.ts'
import type { RepositoryAccess } from './repository-access.ts'

/** Runs of the server's own CI for a commit; none where the version does not tell. Only the newest page: 50 are many. */
export async function listRuns(
  { client, path, dialect }: RepositoryAccess,
  sha: Sha,
  signal: AbortSignal,
): Promise<readonly RunAnswer[]> {
  if (dialect.runs === null) {
    return []
  }
  const query = { head_sha: sha, limit: pageSize }
  return (await client.get(`${path}/actions/runs`, runsAnswer, signal, query)).workflow_runs
}

export function listJobs(
  { client, path }: RepositoryAccess,
  run: RunAnswer,
  signal: AbortSignal,
): Promise<readonly JobAnswer[]> {
  return client.get(`${path}/actions/runs/${run.id}/jobs`, jobsAnswer, signal)
}

/**
 * Forgejo says so. Gitea does not, but a run is blocked as a whole, which it writes as `waiting`, when somebody has to
 * approve it (`ToActionsStatus`).
 */
export function needsApproval(run: RunAnswer, { dialect }: RepositoryAccess): boolean {
  return dialect.runs === 'gitea'
    ? run.status === 'waiting'
    : run.need_approval === true && ['blocked', 'waiting', 'unknown'].includes(run.status)
}

/** By the place in its URL, whose host may be another than the one that we use. */
export function isRunAt(run: RunAnswer, pathname: string): boolean {
  return URL.parse(run.html_url)?.pathname === pathname
}
