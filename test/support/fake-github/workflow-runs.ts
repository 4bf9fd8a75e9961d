import type { Account } from '../fake-forge/accounts.ts'
import { pullRequestsOf } from './check-shapes.ts'
import { addCheckRun, changeCheckRun, openSuite, worstOf } from './check-suites.ts'
import type { Annotation, JobStep, Repository, WorkflowJob, WorkflowRun } from './records.ts'
import { apiUrl, nodeId, repositoryShape, type Shape, userShape } from './shapes.ts'
import { now, type World } from './world.ts'

export const actionsApp = { id: 15368, slug: 'github-actions', name: 'GitHub Actions' }

export interface NewRun {
  readonly workflowName: string
  readonly sha: string
  readonly headBranch: string
  readonly headRepository: string
  readonly event: string
  readonly planned: readonly string[]
}

/** A run of a workflow, with no jobs yet. `action_required`: it waits for somebody to approve it, and has none. */
export function startRun(
  world: World,
  repository: Repository,
  given: NewRun,
  state: 'queued' | 'action_required',
): WorkflowRun {
  const sender = world.accounts.add(repository.owner)
  const suite = openSuite(world, repository, actionsApp, given.sha, given.headBranch)
  // "status=completed conclusion=action_required", without jobs: thedotmack/claude-mem#3593, platonai/Browser4#579.
  const isHeld = state === 'action_required'
  const status = isHeld ? 'completed' : 'queued'
  const conclusion = isHeld ? 'action_required' : null
  suite.status = status
  suite.conclusion = conclusion
  const same = repository.runs.filter(({ workflowName }) => workflowName === given.workflowName)
  const run: WorkflowRun = {
    ...given,
    id: world.nextId(),
    suite,
    workflowId: same[0]?.workflowId ?? world.nextId(),
    runNumber: same.length + 1,
    attempt: 1,
    status,
    conclusion,
    createdAt: now(),
    updatedAt: now(),
    jobs: [],
  }
  repository.runs.push(run)
  tellOfRun(world, repository, run, 'requested', sender)
  return run
}

export function addJob(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  name: string,
): WorkflowJob {
  const sender = world.accounts.add(repository.owner)
  const checkRun = addCheckRun(world, repository, run.suite, sender, {
    name,
    status: 'queued',
    conclusion: null,
  })
  checkRun.detailsUrl = `${runUrl(world, repository, run)}/job/${checkRun.id}`
  const job: WorkflowJob = {
    id: checkRun.id,
    checkRun,
    name,
    attempt: run.attempt,
    steps: [],
    log: null,
  }
  run.jobs.push(job)
  tellOfJob(world, repository, run, job, 'queued', sender)
  return job
}

export interface JobProgress {
  readonly status: 'in_progress' | 'completed'
  readonly conclusion: string | null
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[]
  readonly log: string | null
  readonly annotations: readonly Annotation[]
}

/** Brings a job on, and its run and check run with it. */
export function moveJob(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  job: WorkflowJob,
  { status, conclusion, steps, log, annotations }: JobProgress,
): void {
  const sender = world.accounts.add(repository.owner)
  const at = now()
  job.steps = steps.map(
    (step, index): JobStep => ({
      name: step.name,
      number: index + 1,
      status: step.conclusion === null ? 'in_progress' : 'completed',
      conclusion: step.conclusion,
      startedAt: at,
      completedAt: step.conclusion === null ? null : at,
    }),
  )
  job.log = log
  changeCheckRun(world, repository, job.checkRun, sender, {
    status,
    conclusion,
    annotations: [...annotations],
  })
  tellOfJob(world, repository, run, job, status, sender)
  settleRun(world, repository, run, sender)
}

function settleRun(world: World, repository: Repository, run: WorkflowRun, sender: Account): void {
  const jobs = latestJobs(run)
  const isCompleted = jobs.every(({ checkRun }) => checkRun.status === 'completed')
  const wasCompleted = run.status === 'completed'
  run.status = isCompleted ? 'completed' : 'in_progress'
  run.conclusion = isCompleted ? worstOf(jobs.map(({ checkRun }) => checkRun.conclusion)) : null
  run.updatedAt = now()
  if (isCompleted && !wasCompleted) {
    tellOfRun(world, repository, run, 'completed', sender)
  }
}

/** Of each name, the newest: "filter=latest". */
export function latestJobs(run: WorkflowRun): readonly WorkflowJob[] {
  return [...new Map(run.jobs.map((job) => [job.name, job])).values()]
}

/** Runs some of its jobs once more. */
export function runAgain(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  names: readonly string[],
): void {
  run.attempt += 1
  run.status = 'queued'
  run.conclusion = null
  run.updatedAt = now()
  for (const name of names) {
    addJob(world, repository, run, name)
  }
  tellOfRun(world, repository, run, 'requested', world.accounts.add(repository.owner))
}

function runUrl(world: World, repository: Repository, run: WorkflowRun): string {
  return `${world.url}/${repository.fullName}/actions/runs/${run.id}`
}

export function runShape(world: World, repository: Repository, run: WorkflowRun): Shape {
  const path = `/repos/${repository.fullName}/actions/runs/${run.id}`
  return {
    id: run.id,
    node_id: nodeId('WFR', run.id),
    name: run.workflowName,
    display_title: run.workflowName,
    path: '.github/workflows/ci.yml',
    head_branch: run.headBranch,
    head_sha: run.sha,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    run_number: run.runNumber,
    run_attempt: run.attempt,
    workflow_id: run.workflowId,
    check_suite_id: run.suite.id,
    check_suite_node_id: nodeId('CS', run.suite.id),
    pull_requests: pullRequestsOf(world, repository, run.sha),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.createdAt,
    actor: userShape(world, world.accounts.add(repository.owner)),
    head_repository: repositoryShape(world, world.repository(run.headRepository)),
    repository: repositoryShape(world, repository),
    url: apiUrl(world, path),
    html_url: runUrl(world, repository, run),
    jobs_url: apiUrl(world, `${path}/jobs`),
    logs_url: apiUrl(world, `${path}/logs`),
    rerun_url: apiUrl(world, `${path}/rerun`),
    cancel_url: apiUrl(world, `${path}/cancel`),
  }
}

export function jobShape(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  job: WorkflowJob,
): Shape {
  const path = `/repos/${repository.fullName}`
  const { status, conclusion, startedAt, completedAt } = job.checkRun
  return {
    id: job.id,
    node_id: nodeId('CR', job.id),
    run_id: run.id,
    run_attempt: job.attempt,
    name: job.name,
    workflow_name: run.workflowName,
    head_branch: run.headBranch,
    head_sha: run.sha,
    status,
    conclusion,
    created_at: run.createdAt,
    started_at: startedAt ?? run.createdAt,
    completed_at: completedAt,
    labels: ['ubuntu-latest'],
    steps: job.steps.map((step) => ({
      name: step.name,
      number: step.number,
      status: step.status,
      conclusion: step.conclusion,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
    url: apiUrl(world, `${path}/actions/jobs/${job.id}`),
    run_url: apiUrl(world, `${path}/actions/runs/${run.id}`),
    check_run_url: apiUrl(world, `${path}/check-runs/${job.id}`),
    html_url: job.checkRun.detailsUrl,
  }
}

function tellOfRun(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  action: 'requested' | 'completed',
  sender: Account,
): void {
  world.emit('workflow_run', action, repository, sender, {
    workflow_run: runShape(world, repository, run),
    workflow: { id: run.workflowId, name: run.workflowName, path: '.github/workflows/ci.yml' },
  })
}

function tellOfJob(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  job: WorkflowJob,
  action: 'queued' | 'in_progress' | 'completed',
  sender: Account,
): void {
  world.emit('workflow_job', action, repository, sender, {
    workflow_job: jobShape(world, repository, run, job),
  })
}
