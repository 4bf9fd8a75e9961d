import type { RunningJob } from '../../contract/forge/forge-under-test.ts'
import type { FakeJob, FakeRepository, FakeRun, FakeStep, JobStatus } from './records.ts'
import { repositoryShape, type Shape, userShape } from './shapes.ts'
import { addStatus } from './status-routes.ts'
import { whole } from './whole-seconds.ts'
import type { World } from './world.ts'

interface WantedJob {
  readonly name: string
  readonly status: JobStatus
  readonly steps: readonly FakeStep[]
  readonly log: string
  /** Nobody has approved the run yet. */
  readonly needsApproval: boolean
}

const workflow = 'ci.yml'

/** What the commit status of a job says (`services/actions/commit_status.go`). */
const said: Readonly<Record<JobStatus, string>> = {
  success: 'Successful in 3s',
  failure: 'Failing after 1m3s',
  cancelled: 'Has been cancelled',
  skipped: 'Has been skipped',
  running: 'Has started running',
  waiting: 'Waiting to run',
  blocked: 'Blocked by required conditions',
}

function statusOf(world: World, status: JobStatus): string {
  switch (status) {
    case 'success':
      return 'success'
    case 'skipped':
      return world.version.skippedStatus ? 'skipped' : 'success'
    case 'failure':
    case 'cancelled':
      return 'failure'
    case 'waiting':
    case 'blocked':
    case 'running':
      return 'pending'
  }
}

/** What a test says of a job, in the words of the server. */
export function wantedJob(job: RunningJob): WantedJob {
  const isHeld = job.outcome === 'approval-needed'
  const status: JobStatus = job.outcome === 'approval-needed' ? 'blocked' : job.outcome
  return { name: job.name, status, steps: job.steps, log: job.log, needsApproval: isHeld }
}

/** A run of one job, as a workflow called `ci` on `pull_request`. Gives the context of its commit status. */
export function addRun(
  world: World,
  repository: FakeRepository,
  sha: string,
  wanted: WantedJob,
): string {
  const job: FakeJob = {
    id: world.nextId(),
    name: wanted.name,
    status: wanted.status,
    attempt: 1,
    steps: wanted.steps,
    log: writeLog(world, wanted),
  }
  const run: FakeRun = {
    id: world.nextId(),
    index: repository.runs.length + 1,
    sha,
    event: 'pull_request',
    workflow,
    needsApproval: wanted.needsApproval,
    jobs: [job],
    at: world.now(),
  }
  repository.runs.push(run)
  tellJob(world, repository, run, job)
  return contextOf(job)
}

function contextOf(job: FakeJob): string {
  return `ci / ${job.name} (pull_request)`
}

/** The status of a job, with a path as its target, and the webhook of a run that ended. */
function tellJob(world: World, repository: FakeRepository, run: FakeRun, job: FakeJob): void {
  const { product } = world.version
  addStatus(world, repository, {
    sha: run.sha,
    context: contextOf(job),
    status: statusOf(world, job.status),
    description: said[job.status],
    targetUrl: `/${repository.name}/actions/runs/${run.index}/jobs/${run.jobs.indexOf(job)}`,
    login: `${product}-actions`,
  })
  const login = `${product}-actions`
  const isEnded = job.status === 'success' || job.status === 'failure'
  if (product === 'forgejo' && isEnded && world.version.runs) {
    world.hooks.emit(`action_run_${job.status}`, job.status, {
      action: job.status,
      run: runShape(world, repository, run),
      prior_status: 'running',
    })
  } else if (product === 'gitea') {
    const action = isEnded ? 'completed' : 'queued'
    world.hooks.emit('workflow_job', action, {
      action,
      workflow_job: jobShape(world, repository, run, job),
      repository: repositoryShape(world, repository, login),
      sender: userShape(world, login),
    })
  }
}

export function rerun(world: World, repository: FakeRepository, run: FakeRun): void {
  for (const job of run.jobs) {
    job.attempt += 1
    job.status = 'waiting'
    tellJob(world, repository, run, job)
  }
}

/** Lines of the runner, with a time each; Forgejo's says in them what becomes of the steps. */
function writeLog({ version }: World, { steps, log }: WantedJob): string {
  const marks = version.product === 'gitea' ? [] : steps.flatMap(markStep)
  const lines = [...marks, ...log.split('\n').filter((line) => line !== '')]
  return lines.map((line) => `2026-07-01T10:00:00.1234567Z ${line}\n`).join('')
}

function markStep({ name, outcome }: FakeStep): readonly string[] {
  if (outcome === 'skipped') {
    return []
  }
  const end = outcome === 'success' ? '\u2705  Success' : '\u274C  Failure'
  return [`\u2B50 Run Main ${name}`, `  ${end} - Main ${name}`]
}

/** Of a run: what its only job has. */
function runStatus(run: FakeRun): JobStatus {
  return run.jobs[0]?.status ?? 'waiting'
}

export function runShape(world: World, repository: FakeRepository, run: FakeRun): Shape {
  const url = `${world.url}/${repository.name}/actions/runs/${run.index}`
  if (world.version.product === 'gitea') {
    return {
      id: run.id,
      url: '',
      html_url: url,
      display_title: run.workflow,
      path: `${run.workflow}@refs/heads/main`,
      event: run.event,
      run_attempt: run.jobs[0]?.attempt ?? 1,
      run_number: run.index,
      head_sha: run.sha,
      head_branch: '',
      ...giteaStatus(runStatus(run)),
      started_at: whole(run.at),
      completed_at: whole(run.at),
    }
  }
  return {
    id: run.id,
    index_in_repo: run.index,
    title: 'a pull request',
    workflow_id: run.workflow,
    commit_sha: run.sha,
    prettyref: '#1',
    event: run.event,
    trigger_event: run.event,
    status: runStatus(run),
    need_approval: run.needsApproval,
    approved_by: 0,
    is_fork_pull_request: true,
    html_url: url,
    repository: repositoryShape(world, repository, ''),
    created: whole(run.at),
    started: '0001-01-01T00:00:00Z',
    stopped: '0001-01-01T00:00:00Z',
    updated: whole(run.at),
  }
}

export function jobShape(
  world: World,
  repository: FakeRepository,
  run: FakeRun,
  job: FakeJob,
): Shape {
  const index = run.jobs.indexOf(job)
  if (world.version.product === 'gitea') {
    return {
      id: job.id,
      html_url: `${world.url}/${repository.name}/actions/runs/${run.index}/jobs/${index}`,
      run_id: run.id,
      name: job.name,
      run_attempt: job.attempt,
      head_sha: run.sha,
      ...giteaStatus(job.status),
      steps: job.steps.map(({ name, outcome }, at) => ({
        name,
        number: at,
        status: 'completed',
        conclusion: outcome,
        started_at: whole(run.at),
        completed_at: whole(run.at),
      })),
      created_at: whole(run.at),
      started_at: whole(run.at),
      completed_at: whole(run.at),
    }
  }
  return {
    id: job.id,
    run_id: run.id,
    name: job.name,
    status: job.status,
    attempt: job.attempt,
    task_id: job.id,
    needs: null,
    runs_on: ['docker'],
  }
}

/** GitHub's words (`ToActionsStatus`). */
function giteaStatus(status: JobStatus): { readonly status: string; readonly conclusion: string } {
  switch (status) {
    case 'waiting':
      return { status: 'queued', conclusion: '' }
    case 'blocked':
      return { status: 'waiting', conclusion: '' }
    case 'running':
      return { status: 'in_progress', conclusion: '' }
    case 'success':
    case 'failure':
    case 'cancelled':
    case 'skipped':
      return { status: 'completed', conclusion: status }
  }
}
