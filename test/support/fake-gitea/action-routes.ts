import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
} from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { jobShape, rerun, runShape } from './actions.ts'
import { pageOf } from './paging.ts'
import type { FakeRepository, FakeRun } from './records.ts'
import { callerOf, demand, repositoryAt, type World } from './world.ts'

const path = '/repos/{owner}/{repo}/actions'

/** Runs, jobs and logs, where the version has them. */
export function actionRoutes(world: World): readonly Route<ApiHandler>[] {
  const { runs, jobs, rerun: reruns } = world.version
  return [
    ...(runs ? [{ method: 'GET', pattern: `${path}/runs`, value: listRuns }] : []),
    ...(jobs
      ? [
          { method: 'GET', pattern: `${path}/runs/{run_id}/jobs`, value: listJobs },
          { method: 'GET', pattern: `${path}/jobs/{job_id}/logs`, value: readLog },
        ]
      : []),
    ...(reruns ? [{ method: 'POST', pattern: `${path}/runs/{run_id}/rerun`, value: again }] : []),
  ]

  function at(call: ApiCall): FakeRepository {
    callerOf(world, call.token)
    return repositoryAt(world, call.params)
  }

  function runAt(repository: FakeRepository, id: string | undefined): FakeRun {
    const found = repository.runs.find((run) => run.id === Number(id))
    if (found === undefined) {
      throw new ApiRefusal(404, 'no such run')
    }
    return found
  }

  function listRuns(call: ApiCall): ApiAnswer {
    const repository = at(call)
    const sha = call.query.get('head_sha')
    const found = repository.runs.filter((run) => sha === null || run.sha === sha).toReversed()
    const { items } = pageOf(call, found)
    const shapes = items.map((run) => runShape(world, repository, run))
    return { status: 200, body: { total_count: found.length, workflow_runs: shapes } }
  }

  function listJobs(call: ApiCall): ApiAnswer {
    const repository = at(call)
    const run = runAt(repository, call.params['run_id'])
    const shapes = run.jobs.map((job) => jobShape(world, repository, run, job))
    const isGitea = world.version.product === 'gitea'
    return { status: 200, body: isGitea ? { total_count: shapes.length, jobs: shapes } : shapes }
  }

  function again(call: ApiCall): ApiAnswer {
    const repository = at(call)
    demand(world, repository, callerOf(world, call.token), 'write')
    const run = runAt(repository, call.params['run_id'])
    rerun(world, repository, run)
    return { status: 201, body: runShape(world, repository, run) }
  }

  /** `http.ServeContent` understands ranges. */
  function readLog(call: ApiCall): ApiAnswer {
    const job = at(call)
      .runs.flatMap((run) => run.jobs)
      .find(({ id }) => id === Number(call.params['job_id']))
    if (job === undefined || job.status === 'waiting' || job.status === 'blocked') {
      throw new ApiRefusal(404, 'job has not been executed')
    }
    const bytes = Buffer.from(job.log)
    const type = 'text/plain; charset=utf-8'
    const wanted = /^bytes=-(\d+)$/.exec(String(call.headers.range ?? ''))?.[1]
    if (wanted === undefined) {
      return { status: 200, raw: { type, bytes } }
    }
    if (bytes.length === 0) {
      return { status: 416, raw: { type, bytes } }
    }
    const from = Math.max(0, bytes.length - Number(wanted))
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
    return {
      status: 206,
      raw: { type, bytes: bytes.subarray(from) },
      headers: { 'content-range': range },
    }
  }
}
