import type { Decision } from '../decision.ts'
import type { Sha } from '../ids.ts'
import type { Check } from './check.ts'
import type { CiSilence } from './verdict.ts'

/** What the bare state of a head does not tell: why CI waits, or told nothing. */
export type CiNote = CiSilence | 'cancelled'

/** Whether nothing happens until a person lets CI begin. `approvalUrl`: as the forge said last. */
export function isApprovalAwaited(checks: readonly Check[], approvalUrl: string | null): boolean {
  const isUnderway = checks.some(({ state }) => state === 'pending' || state === 'running')
  const isAsked = approvalUrl !== null
  return !isUnderway && (isAsked || checks.some(({ state }) => state === 'approval-needed'))
}

const silences: ReadonlySet<unknown> = new Set<CiSilence>([
  'skip-mark',
  'no-workflow',
  'approval-needed',
  'base-conflict',
  'all-skipped',
  'no-result',
])

function isSilence(value: unknown): value is CiSilence {
  return silences.has(value)
}

function hasNames(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

/** What the last verdict on `head` was given for, by the decisions of its topic, oldest first; null where CI simply spoke. */
export function noteOfVerdict(decisions: readonly Decision[], head: Sha): CiNote | null {
  const last = decisions.findLast(
    ({ step, inputs }) => step === 'verdict' && inputs['head'] === head,
  )
  const { silence, cancelled, failures } = last?.inputs ?? {}
  if (isSilence(silence)) {
    return silence
  }
  return hasNames(cancelled) && !hasNames(failures) ? 'cancelled' : null
}
