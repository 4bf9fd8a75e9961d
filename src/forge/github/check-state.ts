import type { CheckState } from '../../core/checks/check.ts'

/** Conclusions of check runs, jobs and workflow runs. `action_required` is decided by who says it: see `toCheckState`. */
const concluded: Readonly<Record<string, CheckState>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'failure',
  cancelled: 'cancelled',
  // GitHub gave up waiting for it after 14 days.
  stale: 'cancelled',
  skipped: 'skipped',
  // It ran, and has nothing against the commit: what branches require takes it for a success too.
  neutral: 'success',
  startup_failure: 'error',
}

const statuses: Readonly<Record<string, CheckState>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  pending: 'pending',
}

/**
 * The state of a check run, job or workflow run. `isActions`: GitHub Actions says it, whose `action_required` and `waiting`
 * mean that a person has to let it begin; another app means by `action_required` that the commit is not as it should be.
 */
export function toCheckState(
  { status, conclusion }: { readonly status: string | null; readonly conclusion: string | null },
  isActions: boolean,
): CheckState {
  if (status === 'completed') {
    if (conclusion === 'action_required') {
      return isActions ? 'approval-needed' : 'failure'
    }
    return concluded[conclusion ?? ''] ?? 'error'
  }
  if (status === 'waiting' && isActions) {
    return 'approval-needed'
  }
  return status === 'in_progress' ? 'running' : 'pending'
}

export function fromStatusState(state: string): CheckState {
  return statuses[state] ?? 'error'
}

/** What a commit status can say of a state: it knows four. */
export function toStatusState(state: CheckState): 'pending' | 'success' | 'failure' | 'error' {
  if (state === 'success' || state === 'skipped') {
    return 'success'
  }
  if (state === 'error' || state === 'failure') {
    return state
  }
  return state === 'cancelled' ? 'failure' : 'pending'
}
