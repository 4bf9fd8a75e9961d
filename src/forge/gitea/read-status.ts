import type { Check, CheckState } from '../../core/checks/check.ts'
import type { Sha } from '../../core/ids.ts'
import type { StatusAnswer } from './answers.ts'

const states = new Map<string, CheckState>([
  ['pending', 'pending'],
  ['success', 'success'],
  // Nothing that fails: Jenkins says so of an unstable build.
  ['warning', 'success'],
  ['failure', 'failure'],
  ['error', 'error'],
  ['skipped', 'skipped'],
])

/** What the servers' own CI says in the description, where the state alone does not tell (`services/actions/commit_status.go`). */
const said = new Map<string, CheckState>([
  ['Has started running', 'running'],
  ['Has been cancelled', 'cancelled'],
  ['Has been skipped', 'skipped'],
])

const durationAtEnd = / (?:in|after) (?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/

/** `<run>/jobs/<index>` of a target that is a job of the server's own CI; null for any other. */
export function jobPlace(targetUrl: string | null): { run: string; job: string | null } | null {
  const match = /^(.*\/actions\/runs\/\d+)(?:\/jobs\/(\d+))?/.exec(targetUrl ?? '')
  return match === null ? null : { run: new URL(match[1] ?? '').pathname, job: match[2] ?? null }
}

/** `url`: of the web interface; the targets of the server's own jobs are paths. */
export function readStatus(status: StatusAnswer, sha: Sha, url: string): Check {
  const targetUrl = absolute(status.target_url, url)
  const isOwn = jobPlace(targetUrl) !== null && targetUrl?.startsWith(url) === true
  const state =
    (isOwn ? said.get(status.description) : undefined) ?? states.get(status.status) ?? 'error'
  const isEnded = state !== 'pending' && state !== 'running'
  const finishedAt = isEnded ? status.created_at : null
  return {
    origin: isOwn ? 'actions-job' : 'commit-status',
    context: status.context,
    sha,
    state,
    summary: status.description.split('\n', 1)[0] ?? '',
    targetUrl,
    logId: isOwn ? new URL(targetUrl).pathname : null,
    failingStep: null,
    excerpt: '',
    startedAt: isOwn ? startOf(status, state, finishedAt) : null,
    finishedAt,
  }
}

function absolute(target: string, url: string): string | null {
  return target === '' ? null : (URL.parse(target, url)?.href ?? null)
}

/** A job that runs began when it said so; one that ended says how long it took. */
function startOf(status: StatusAnswer, state: CheckState, finishedAt: Date | null): Date | null {
  if (state === 'running') {
    return status.created_at
  }
  const [all = '', hours = 0, minutes = 0, seconds = 0] =
    durationAtEnd.exec(status.description) ?? []
  return finishedAt === null || !/\d/.test(all)
    ? null
    : new Date(
        finishedAt.getTime() -
          ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000,
      )
}

/** How a result of ours is written as a commit status. */
export function writeState(state: CheckState): string {
  switch (state) {
    case 'success':
    case 'failure':
    case 'error':
      return state
    case 'skipped':
      return 'success'
    case 'cancelled':
      return 'error'
    case 'pending':
    case 'running':
    case 'approval-needed':
      return 'pending'
  }
}
