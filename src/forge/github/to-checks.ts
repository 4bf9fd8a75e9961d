import type { Check } from '../../core/checks/check.ts'
import type { Sha } from '../../core/ids.ts'
import { isActionsRun, type NamedCheckRun, nameContexts } from './check-context.ts'
import type { CheckRunData, StatusData, WorkflowRunData } from './check-data.ts'
import { fromStatusState, toCheckState } from './check-state.ts'
import { toLogId } from './log-id.ts'

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function toDate(text: string | null | undefined): Date | null {
  return text ? new Date(text) : null
}

function words(text: string | null): string {
  return (text ?? '').replaceAll('_', ' ')
}

function fromCheckRun(sha: Sha, context: string, { run, workflow }: NamedCheckRun): Check {
  const isActions = isActionsRun(run)
  return {
    origin: isActions ? 'actions-job' : 'check-run',
    context,
    sha,
    state: toCheckState(run, isActions),
    summary: oneLine(run.output.title ?? words(run.conclusion ?? run.status)),
    targetUrl: isActions ? (run.html_url ?? run.details_url) : (run.details_url ?? run.html_url),
    logId: toLogId({
      kind: isActions ? 'job' : 'check-run',
      id: run.id,
      annotations: run.output.annotations_count,
    }),
    attempt: workflow?.run_attempt ?? 1,
    failingStep: null,
    excerpt: '',
    startedAt: toDate(run.started_at),
    finishedAt: toDate(run.completed_at),
  }
}

/** A workflow run that has no jobs: not begun, not allowed to, or of a file that GitHub could not read. */
function fromWorkflowRun(sha: Sha, run: WorkflowRunData): Check {
  return {
    origin: 'actions-job',
    context: run.name ?? `workflow ${run.workflow_id}`,
    sha,
    state: toCheckState(run, true),
    summary: words(run.conclusion ?? run.status),
    targetUrl: run.html_url,
    logId: null,
    attempt: run.run_attempt ?? 1,
    failingStep: null,
    excerpt: '',
    startedAt: toDate(run.run_started_at),
    finishedAt: run.status === 'completed' ? new Date(run.updated_at) : null,
  }
}

function fromStatus(sha: Sha, status: StatusData): Check {
  const state = fromStatusState(status.state)
  return {
    origin: 'commit-status',
    context: status.context,
    sha,
    state,
    summary: oneLine(status.description ?? status.state),
    targetUrl: status.target_url === '' ? null : status.target_url,
    logId: null,
    attempt: 1,
    failingStep: null,
    excerpt: '',
    startedAt: new Date(status.created_at),
    finishedAt: state === 'pending' ? null : new Date(status.updated_at),
  }
}

/** The last run of each workflow for each event. */
function lastRuns(runs: readonly WorkflowRunData[]): readonly WorkflowRunData[] {
  const last = new Map<string, WorkflowRunData>()
  for (const run of runs) {
    const key = `${run.workflow_id} ${run.event}`
    if (run.id > (last.get(key)?.id ?? -1)) {
      last.set(key, run)
    }
  }
  return [...last.values()]
}

/**
 * All that GitHub says of one commit as checks, one for each origin and context. Suites of apps that never report have no check
 * run, so they do not appear; a workflow run without a job does.
 */
export function toChecks(
  sha: Sha,
  checkRuns: readonly CheckRunData[],
  statuses: readonly StatusData[],
  workflowRuns: readonly WorkflowRunData[],
): readonly Check[] {
  const bySuite = new Map(workflowRuns.map((run) => [run.check_suite_id, run]))
  const named = checkRuns.map((run) => ({
    run,
    workflow: bySuite.get(run.check_suite?.id) ?? null,
  }))
  const suitesWithJobs = new Set(checkRuns.map((run) => run.check_suite?.id))
  const jobless = lastRuns(workflowRuns).filter((run) => !suitesWithJobs.has(run.check_suite_id))
  const ofJobs = [true, false].flatMap((isActions) => {
    const ofOrigin = named.filter(({ run }) => isActionsRun(run) === isActions)
    return [...nameContexts(ofOrigin)].map(([context, one]) => fromCheckRun(sha, context, one))
  })
  const contexts = new Set(ofJobs.map(({ context }) => context))
  const ofRuns = jobless
    .map((run) => fromWorkflowRun(sha, run))
    .filter(({ context }) => !contexts.has(context))
  const lastStatuses = new Map(statuses.toReversed().map((status) => [status.context, status]))
  return [
    ...ofJobs,
    ...ofRuns,
    ...[...lastStatuses.values()].map((status) => fromStatus(sha, status)),
  ]
}

/** Where a person is asked to let CI begin; null where nobody is. */
export function approvalUrl(runs: readonly WorkflowRunData[]): string | null {
  const waiting = lastRuns(runs).find((run) => toCheckState(run, true) === 'approval-needed')
  return waiting?.html_url ?? null
}
