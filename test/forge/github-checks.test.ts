import { describe, expect, it } from 'vitest'
import type { Check } from '../../src/core/checks/check.ts'
import { toSha } from '../../src/core/ids.ts'
import type {
  CheckRunData,
  StatusData,
  WorkflowRunData,
} from '../../src/forge/github/check-data.ts'
import { toCheckState } from '../../src/forge/github/check-state.ts'
import { parseLogId, toLogId } from '../../src/forge/github/log-id.ts'
import { approvalUrl, toChecks } from '../../src/forge/github/to-checks.ts'

const sha = toSha('a'.repeat(40))
const at = '2026-11-21T12:00:00Z'

function checkRun(changes: Partial<CheckRunData>): CheckRunData {
  return {
    id: 1,
    name: 'build',
    status: 'completed',
    conclusion: 'success',
    html_url: 'https://forge.example/run',
    details_url: 'https://ci.example/1',
    started_at: at,
    completed_at: at,
    output: { title: null, annotations_count: 0 },
    check_suite: { id: 10 },
    app: { slug: 'github-actions' },
    ...changes,
  }
}

function workflowRun(changes: Partial<WorkflowRunData>): WorkflowRunData {
  return {
    id: 1,
    name: 'CI',
    workflow_id: 5,
    check_suite_id: 10,
    event: 'pull_request',
    status: 'completed',
    conclusion: 'success',
    run_attempt: 1,
    html_url: 'https://forge.example/runs/1',
    run_started_at: at,
    updated_at: at,
    ...changes,
  }
}

function status(changes: Partial<StatusData>): StatusData {
  return {
    context: 'build',
    state: 'success',
    description: null,
    target_url: null,
    created_at: at,
    updated_at: at,
    ...changes,
  }
}

function say(checks: readonly Check[]): readonly string[] {
  return checks.map(({ context, state }) => `${context}: ${state}`).toSorted()
}

describe('the state of a check', () => {
  it.each([
    ['success', 'success'],
    ['failure', 'failure'],
    ['neutral', 'success'],
    ['cancelled', 'cancelled'],
    ['skipped', 'skipped'],
    ['timed_out', 'failure'],
    ['stale', 'cancelled'],
    ['startup_failure', 'error'],
    ['action_required', 'approval-needed'],
    ['something_new', 'error'],
    [null, 'error'],
  ])('after the conclusion %s is %s', (conclusion, state) => {
    expect(toCheckState({ status: 'completed', conclusion }, true)).toBe(state)
  })

  it.each([
    ['queued', 'pending'],
    ['requested', 'pending'],
    ['pending', 'pending'],
    ['in_progress', 'running'],
    ['waiting', 'approval-needed'],
  ])('while it is %s is %s', (now, state) => {
    expect(toCheckState({ status: now, conclusion: null }, true)).toBe(state)
  })

  it('is a failure where another app asks the author for something', () => {
    const asked = { status: 'completed', conclusion: 'action_required' }
    expect(toCheckState(asked, false)).toBe('failure')
    expect(toCheckState({ status: 'waiting', conclusion: null }, false)).toBe('pending')
  })
})

describe('the checks of a commit', () => {
  it('tell origin, attempt, times and where the log is', () => {
    const [job, foreign, own] = toChecks(
      sha,
      [
        checkRun({ output: { title: null, annotations_count: 2 }, conclusion: 'timed_out' }),
        checkRun({
          id: 2,
          app: { slug: 'cirrus' },
          check_suite: { id: 11 },
          output: { title: 'All\nis well', annotations_count: 0 },
        }),
      ],
      [status({ state: 'pending', description: 'waits' })],
      [workflowRun({ run_attempt: 3 })],
    )
    expect(job).toEqual({
      origin: 'actions-job',
      context: 'build',
      sha,
      state: 'failure',
      summary: 'timed out',
      targetUrl: 'https://forge.example/run',
      logId: 'job:1:annotated-2',
      attempt: 3,
      failingStep: null,
      excerpt: '',
      startedAt: new Date(at),
      finishedAt: new Date(at),
    })
    expect(foreign).toMatchObject({
      origin: 'check-run',
      context: 'build',
      summary: 'All is well',
      targetUrl: 'https://ci.example/1',
      logId: 'check-run:2',
      attempt: 1,
    })
    expect(own).toMatchObject({ origin: 'commit-status', state: 'pending', finishedAt: null })
  })

  it('name workflow and event where jobs of one name are of several', () => {
    const runs = [
      checkRun({ id: 1, check_suite: { id: 10 } }),
      checkRun({ id: 2, check_suite: { id: 11 }, conclusion: 'failure' }),
      checkRun({ id: 3, check_suite: { id: 12 } }),
      checkRun({ id: 4, check_suite: { id: 12 }, name: 'docs' }),
    ]
    const workflows = [
      workflowRun({ id: 1, check_suite_id: 10 }),
      workflowRun({ id: 2, check_suite_id: 11, event: 'push' }),
      workflowRun({ id: 3, check_suite_id: 12, name: 'Other', workflow_id: 6 }),
    ]
    expect(say(toChecks(sha, runs, [], workflows))).toEqual([
      'CI / build (push): failure',
      'CI / build: success',
      'Other / build: success',
      'docs: success',
    ])
  })

  it('give the last word of a context', () => {
    const runs = [
      checkRun({ id: 9, check_suite: { id: 10 }, conclusion: 'failure' }),
      checkRun({ id: 8, check_suite: { id: 11 } }),
    ]
    const workflows = [
      workflowRun({ id: 1, check_suite_id: 10 }),
      workflowRun({ id: 2, check_suite_id: 11 }),
    ]
    expect(say(toChecks(sha, runs, [status({}), status({ state: 'error' })], workflows))).toEqual([
      'build: success',
      'build: success',
    ])
  })

  it('have a workflow without a job by its own name, and only its last run', () => {
    const workflows = [
      workflowRun({ id: 1, check_suite_id: 1, status: 'completed', conclusion: 'cancelled' }),
      workflowRun({ id: 2, check_suite_id: 2, status: 'queued', conclusion: null }),
      workflowRun({
        id: 3,
        check_suite_id: 3,
        workflow_id: 6,
        name: 'Bad',
        conclusion: 'startup_failure',
      }),
    ]
    expect(say(toChecks(sha, [], [], workflows))).toEqual(['Bad: error', 'CI: pending'])
  })

  it('wait for a person where the last run of a workflow does', () => {
    const asks = { conclusion: 'action_required', html_url: 'https://forge.example/approve' }
    const run = workflowRun({ id: 2, check_suite_id: 2, ...asks })

    expect(approvalUrl([workflowRun({}), run])).toBe('https://forge.example/approve')
    expect(say(toChecks(sha, [], [], [run]))).toEqual(['CI: approval-needed'])
    expect(approvalUrl([run, workflowRun({ id: 3 })])).toBeNull()
    expect(approvalUrl([])).toBeNull()
  })
})

describe('the id of a log', () => {
  it.each([
    { kind: 'job', id: 7, annotations: 3 },
    { kind: 'check-run', id: 123_456_789_012, annotations: 0 },
  ] as const)('can be read again: %j', (place) => {
    expect(parseLogId(toLogId(place))).toEqual(place)
  })

  it.each(['', 'job', 'job:x', 'run:1', 'job:1:more'])('is not %j', (text) => {
    expect(parseLogId(text)).toBeNull()
  })
})
