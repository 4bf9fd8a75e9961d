import type { Check } from './check.ts'
import type { Sha } from './ids.ts'

/** All checks of exactly one head, judged together. */
export interface Verdict {
  readonly sha: Sha
  readonly state: 'waiting' | 'success' | 'failure' | 'error' | 'no-checks'
  /** Red on this head and not on the base. */
  readonly failures: readonly Check[]
  /** Red on the base too: "already broken". */
  readonly alreadyBroken: readonly Check[]
  readonly successes: readonly Check[]
  readonly pending: readonly Check[]
  /** Contexts that were waited for until the deadline and did not come. */
  readonly overdue: readonly string[]
}

export interface VerdictInput {
  readonly sha: Sha
  readonly checks: readonly Check[]
  /** Checks of the base commit, by which a red is told apart. */
  readonly baseChecks: readonly Check[]
  /** Contexts that must have reported before the verdict is final. */
  readonly expected: readonly string[]
  /** Nothing is waited for any more: what is not in is overdue. */
  readonly isOverdue?: boolean
}

function isRed(check: Check): boolean {
  return check.state === 'failure' || check.state === 'error' || check.state === 'cancelled'
}

/** Judges the checks of exactly `sha`; those of any other commit are not looked at. */
export function judge(input: VerdictInput): Verdict {
  const own = input.checks.filter((check) => check.sha === input.sha)
  const redOnBase = new Set(input.baseChecks.filter(isRed).map((check) => check.context))
  const red = own.filter(isRed)
  const failures = red.filter((check) => !redOnBase.has(check.context))
  const pending = own.filter((check) => check.state === 'pending' || check.state === 'running')
  const reported = new Set(own.map((check) => check.context))
  const missing = [
    ...pending.map(({ context }) => context),
    ...input.expected.filter((context) => !reported.has(context)),
  ]
  const parts = {
    sha: input.sha,
    failures,
    alreadyBroken: red.filter((check) => redOnBase.has(check.context)),
    successes: own.filter((check) => check.state === 'success'),
    pending,
    overdue: input.isOverdue === true ? [...new Set(missing)] : [],
  }
  if (missing.length > 0 && input.isOverdue !== true) {
    return { ...parts, state: 'waiting' }
  }
  if (missing.length > 0 && failures.length === 0) {
    return { ...parts, state: 'error' }
  }
  if (own.every((check) => check.state === 'skipped')) {
    return { ...parts, state: 'no-checks' }
  }
  if (failures.length === 0) {
    return { ...parts, state: 'success' }
  }
  return {
    ...parts,
    state: failures.every((check) => check.state === 'error') ? 'error' : 'failure',
  }
}
