import type { CheckRun, CheckSuite, Repository } from './records.ts'
import { apiUrl, appShape, nodeId, repositoryShape, type Shape } from './shapes.ts'
import type { World } from './world.ts'

/** "pull_requests" is empty for those of forks: docs.github.com/rest/checks/runs#list-check-runs-for-a-git-reference. */
export function pullRequestsOf(world: World, repository: Repository, sha: string): Shape[] {
  const repo = {
    id: repository.id,
    name: repository.name,
    url: apiUrl(world, `/repos/${repository.fullName}`),
  }
  return [...repository.pulls.values()]
    .filter((pull) => pull.headRepository === repository.fullName)
    .filter((pull) => pull.state === 'open' && pull.headSha === sha)
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: apiUrl(world, `/repos/${repository.fullName}/pulls/${pull.number}`),
      head: { ref: pull.headBranch, sha: pull.headSha, repo },
      base: { ref: pull.baseBranch, sha: pull.baseSha, repo },
    }))
}

export function suiteShape(world: World, repository: Repository, suite: CheckSuite): Shape {
  const path = `/repos/${repository.fullName}/check-suites/${suite.id}`
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.sha,
    status: suite.status,
    conclusion: suite.conclusion,
    app: appShape(suite.app),
    pull_requests: pullRequestsOf(world, repository, suite.sha),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
    latest_check_runs_count: repository.checkRuns.filter((run) => run.suite === suite).length,
    url: apiUrl(world, path),
    check_runs_url: apiUrl(world, `${path}/check-runs`),
  }
}

/** As in answers; in payloads of suites the repository is said beside. */
export function suiteAnswerShape(world: World, repository: Repository, suite: CheckSuite): Shape {
  return {
    ...suiteShape(world, repository, suite),
    repository: repositoryShape(world, repository),
  }
}

export function checkRunShape(world: World, repository: Repository, run: CheckRun): Shape {
  const path = `/repos/${repository.fullName}/check-runs/${run.id}`
  return {
    id: run.id,
    node_id: nodeId('CR', run.id),
    name: run.name,
    head_sha: run.sha,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    external_id: '',
    details_url: run.detailsUrl,
    html_url: `${world.url}/${repository.fullName}/runs/${run.id}`,
    url: apiUrl(world, path),
    app: appShape(run.suite.app),
    check_suite: { id: run.suite.id },
    output: {
      title: run.title,
      summary: run.summary,
      text: null,
      annotations_count: run.annotations.length,
      annotations_url: apiUrl(world, `${path}/annotations`),
    },
    pull_requests: pullRequestsOf(world, repository, run.sha),
  }
}
