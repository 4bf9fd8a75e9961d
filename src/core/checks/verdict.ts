import type { Sha } from '../ids.ts'
import type { Check } from './check.ts'

/** Why the forge's CI says nothing, or waits. */
export type CiSilence =
  /** The commit message tells CI not to run (`skipMarkOf`). */
  | 'skip-mark'
  /** The project has no CI file, and nothing ever reported. */
  | 'no-workflow'
  /** It begins when a person says so on the forge. */
  | 'approval-needed'
  /** The pull request does not merge with its base branch any more, and CI of pull requests tests that merge. */
  | 'base-conflict'
  /** It had nothing to do: every check was skipped. */
  | 'all-skipped'
  /** Nobody knows: it did not report in time. */
  | 'no-result'

/** All checks of exactly one head, judged together. */
export interface Verdict {
  readonly sha: Sha
  readonly state: 'waiting' | 'success' | 'failure' | 'error' | 'no-checks'
  /** Red on this head and not on the base. */
  readonly failures: readonly Check[]
  /** Red on the base too: "already broken". */
  readonly alreadyBroken: readonly Check[]
  /** Ended before they could tell anything. */
  readonly cancelled: readonly Check[]
  readonly successes: readonly Check[]
  readonly pending: readonly Check[]
  /** What was waited for until the deadline and did not come. */
  readonly overdue: readonly string[]
  /** Null where there is nothing to say of it. */
  readonly silence: CiSilence | null
  /** Where a person lets CI begin. */
  readonly approvalUrl: string | null
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
  /** False while more may come in though all that is known of is there. */
  readonly isQuiet?: boolean
  /** What is known besides of why nothing comes. */
  readonly silence?: CiSilence | null
  readonly approvalUrl?: string | null
}

function isRed(check: Check): boolean {
  return check.state === 'failure' || check.state === 'error'
}

export function isUnderway({ state }: Check): boolean {
  return state === 'pending' || state === 'running' || state === 'approval-needed'
}

/**
 * A check under the name that it has on any commit: Actions of Gitea and Forgejo write the event behind it, another for the
 * base (`push`) than for the head (`pull_request`).
 */
export function contextStem(context: string): string {
  return context.replace(/ \((?:push|pull_request|pull_request_target|schedule)\)$/, '')
}

/** Of each context of each origin the run that was begun last. */
export function lastAttempts(checks: readonly Check[]): readonly Check[] {
  const last = new Map<string, Check>()
  for (const check of checks) {
    const key = `${check.origin} ${check.context}`
    const known = last.get(key)
    if (known === undefined || (check.attempt ?? 1) >= (known.attempt ?? 1)) {
      last.set(key, check)
    }
  }
  return [...last.values()]
}

/** Judges the checks of exactly `sha`; those of any other commit are not looked at. */
export function judge(input: VerdictInput): Verdict {
  const own = lastAttempts(input.checks.filter((check) => check.sha === input.sha))
  const base = lastAttempts(input.baseChecks)
  const redOnBase = new Set(base.filter(isRed).map(({ context }) => contextStem(context)))
  const openOnBase = new Set(base.filter(isUnderway).map(({ context }) => contextStem(context)))
  const red = own.filter(isRed)
  const failures = red.filter(({ context }) => !redOnBase.has(contextStem(context)))
  const cancelled = own.filter(({ state }) => state === 'cancelled')
  const pending = own.filter(isUnderway)
  const reported = new Set(own.map(({ context }) => context))
  const missing = [
    ...pending.map(({ context }) => context),
    ...input.expected.filter((context) => !reported.has(context)),
    ...failures
      .filter(({ context }) => openOnBase.has(contextStem(context)))
      .map(({ context }) => `${context} on the base`),
  ]
  const isAllSkipped = own.length > 0 && own.every(({ state }) => state === 'skipped')
  const parts = {
    sha: input.sha,
    failures,
    alreadyBroken: red.filter(({ context }) => redOnBase.has(contextStem(context))),
    cancelled,
    successes: own.filter(({ state }) => state === 'success'),
    pending,
    overdue: input.isOverdue === true ? [...new Set(missing)] : [],
    silence: input.silence ?? (isAllSkipped ? 'all-skipped' : null),
    approvalUrl: input.approvalUrl ?? null,
  } as const
  return { ...parts, state: stateOf(parts, own, missing.length > 0, input) }
}

function stateOf(
  { failures, cancelled }: Pick<Verdict, 'failures' | 'cancelled'>,
  own: readonly Check[],
  isMissing: boolean,
  { isOverdue = false, isQuiet = true }: VerdictInput,
): Verdict['state'] {
  if ((isMissing || !isQuiet) && !isOverdue) {
    return 'waiting'
  }
  if (failures.length > 0) {
    return failures.every(({ state }) => state === 'error') ? 'error' : 'failure'
  }
  if (isMissing || cancelled.length > 0) {
    return 'error'
  }
  return own.every(({ state }) => state === 'skipped') ? 'no-checks' : 'success'
}
