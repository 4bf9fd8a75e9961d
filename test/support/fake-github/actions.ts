import { randomUUID } from 'node:crypto'
import { type ApiAnswer, type ApiCall, ApiRefusal } from '../fake-forge/api-server.ts'
import { checkMayWrite } from './callers.ts'
import type { WorkflowJob, WorkflowRun } from './records.ts'
import { found, numberOf, ok, paged, type RepositoryCall, type RepositoryRoute } from './routes.ts'
import { nodeId } from './shapes.ts'
import { addJob, jobShape, latestJobs, moveJob, runAgain, runShape } from './workflow-runs.ts'
import type { World } from './world.ts'

export const actionsRoutes: readonly RepositoryRoute[] = [
  ['GET', '/actions/permissions', () => ok({ enabled: true, allowed_actions: 'all' })],
  ['GET', '/actions/permissions/workflow', getDefaultPermissions],
  ['GET', '/actions/workflows', listWorkflows],
  ['GET', '/actions/runs', listRuns],
  [
    'GET',
    '/actions/runs/{run_id}',
    (call) => ok(runShape(call.world, call.repository, runOf(call))),
  ],
  ['GET', '/actions/runs/{run_id}/jobs', listJobs],
  ['GET', '/actions/runs/{run_id}/attempts/{attempt_number}/jobs', listJobsOfAttempt],
  ['POST', '/actions/runs/{run_id}/rerun', (call) => rerun(call, 'all')],
  ['POST', '/actions/runs/{run_id}/rerun-failed-jobs', (call) => rerun(call, 'failed')],
  ['POST', '/actions/runs/{run_id}/cancel', cancel],
  ['POST', '/actions/runs/{run_id}/approve', approve],
  ['GET', '/actions/jobs/{job_id}', getJob],
  ['GET', '/actions/jobs/{job_id}/logs', getLog],
]

/** What a job may do with the repository that asks for nothing; for those who administer it. */
function getDefaultPermissions({ world, caller, repository }: RepositoryCall): ApiAnswer {
  if (
    caller.kind === 'user' &&
    world.accounts.permission(repository.fullName, caller.account.login) !== 'admin'
  ) {
    throw new ApiRefusal(403, 'Must have admin rights to Repository.')
  }
  return ok({ default_workflow_permissions: 'read', can_approve_pull_request_reviews: false })
}

function runOf(call: RepositoryCall): WorkflowRun {
  const id = numberOf(call, 'run_id')
  return found(call.repository.runs.find((run) => run.id === id))
}

function listWorkflows(call: RepositoryCall): ApiAnswer {
  const byId = new Map(call.repository.runs.map((run) => [run.workflowId, run.workflowName]))
  const workflows = [...byId].map(([id, name]) => ({
    id,
    name,
    node_id: nodeId('W', id),
    path: '.github/workflows/ci.yml',
    state: 'active',
  }))
  return ok({ total_count: workflows.length, workflows })
}

/** `status` may be a status or a conclusion. */
function listRuns(call: RepositoryCall): ApiAnswer {
  const { world, repository, query } = call
  const wanted = {
    sha: query.get('head_sha'),
    event: query.get('event'),
    headBranch: query.get('branch'),
  }
  const status = query.get('status')
  const suite = query.get('check_suite_id')
  const matching = repository.runs
    .filter((run) =>
      (Object.keys(wanted) as (keyof typeof wanted)[]).every(
        (name) => wanted[name] === null || wanted[name] === run[name],
      ),
    )
    .filter((run) => status === null || run.status === status || run.conclusion === status)
    .filter((run) => suite === null || run.suite.id === Number(suite))
    .toReversed()
  const { items, headers } = paged(call, matching)
  return {
    ...ok({
      total_count: matching.length,
      workflow_runs: items.map((run) => runShape(world, repository, run)),
    }),
    headers,
  }
}

function listJobs(call: RepositoryCall): ApiAnswer {
  const run = runOf(call)
  return answerJobs(call, run, call.query.get('filter') === 'all' ? run.jobs : latestJobs(run))
}

function listJobsOfAttempt(call: RepositoryCall): ApiAnswer {
  const run = runOf(call)
  const attempt = numberOf(call, 'attempt_number')
  return answerJobs(
    call,
    run,
    run.jobs.filter((job) => job.attempt === attempt),
  )
}

function answerJobs(
  call: RepositoryCall,
  run: WorkflowRun,
  jobs: readonly WorkflowJob[],
): ApiAnswer {
  const { items, headers } = paged(call, jobs)
  return {
    ...ok({
      total_count: jobs.length,
      jobs: items.map((job) => jobShape(call.world, call.repository, run, job)),
    }),
    headers,
  }
}

function jobOf(call: RepositoryCall): { readonly run: WorkflowRun; readonly job: WorkflowJob } {
  const id = numberOf(call, 'job_id')
  const run = found(call.repository.runs.find(({ jobs }) => jobs.some((job) => job.id === id)))
  return { run, job: found(run.jobs.find((job) => job.id === id)) }
}

function getJob(call: RepositoryCall): ApiAnswer {
  const { run, job } = jobOf(call)
  return ok(jobShape(call.world, call.repository, run, job))
}

/** "a redirect URL to download ... expires after 1 minute": another host, which wants no authorisation. */
function getLog(call: RepositoryCall): ApiAnswer {
  const { job } = jobOf(call)
  if (job.log === null) {
    throw new ApiRefusal(404, 'Not Found')
  }
  const key = randomUUID()
  call.world.logs.set(key, { text: job.log, expiresAt: Date.now() + 60_000 })
  const location = `${call.world.url.replace('127.0.0.1', 'localhost')}/logs-of-actions/${key}`
  return { status: 302, headers: { location } }
}

/** Null for a path that is none of these. Storage refuses a request that brings an authorisation of another place. */
export function answerLog(world: World, { path, headers }: ApiCall): ApiAnswer | null {
  const key = /^\/logs-of-actions\/(.*)$/.exec(path)?.[1]
  if (key === undefined) {
    return null
  }
  const log = world.logs.get(key)
  if (log === undefined || headers.authorization !== undefined) {
    return { status: log === undefined ? 404 : 401 }
  }
  if (log.expiresAt < Date.now()) {
    return { status: 403 }
  }
  return { status: 200, raw: { type: 'text/plain; charset=utf-8', bytes: log.text } }
}

function rerun(call: RepositoryCall, which: 'all' | 'failed'): ApiAnswer {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const run = runOf(call)
  const jobs = latestJobs(run).filter(
    ({ checkRun }) =>
      which === 'all' || !['success', 'neutral', 'skipped'].includes(checkRun.conclusion ?? ''),
  )
  if (run.status !== 'completed' || jobs.length === 0) {
    throw new ApiRefusal(403, 'This workflow run cannot be retried')
  }
  runAgain(
    world,
    repository,
    run,
    jobs.map(({ name }) => name),
  )
  return ok({}, 201)
}

function cancel(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const run = runOf(call)
  if (run.status === 'completed') {
    throw new ApiRefusal(409, 'Cannot cancel a workflow run that is completed.')
  }
  for (const job of latestJobs(run).filter(({ checkRun }) => checkRun.status !== 'completed')) {
    moveJob(world, repository, run, job, {
      status: 'completed',
      conclusion: 'cancelled',
      steps: job.steps,
      log: job.log,
      annotations: [],
    })
  }
  return ok({}, 202)
}

/** "Approves a workflow run for a pull request from a public fork of a first time contributor." */
function approve(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const run = runOf(call)
  if (run.conclusion !== 'action_required') {
    throw new ApiRefusal(403, 'This run does not need approval')
  }
  run.status = 'queued'
  run.conclusion = null
  run.suite.status = 'queued'
  run.suite.conclusion = null
  for (const name of run.planned) {
    addJob(world, repository, run, name)
  }
  return ok({}, 201)
}
