import type { Decision } from '../decision.ts'
import type { Sha } from '../ids.ts'

function isAbout(decision: Decision, version: string, head: Sha): boolean {
  return (
    decision.version === version &&
    (decision.step === 'person' ||
      (decision.step === 'verdict' && decision.inputs['head'] === head))
  )
}

/**
 * Since when the checks of this head are waited for without a break, by the decisions about its topic, oldest first: a
 * verdict ends the waiting, and so does a person who has it tested again. Null where nobody waits.
 */
export function waitingSince(
  decisions: readonly Decision[],
  version: string,
  head: Sha,
): Date | null {
  let since: Date | null = null
  for (const decision of decisions.filter((one) => isAbout(one, version, head))) {
    const isWaiting = decision.step === 'verdict' && decision.rule === 'waiting'
    since = isWaiting ? (since ?? decision.at) : null
  }
  return since
}

/** Since when a person is waited for who lets CI begin; null where nobody waits for one. */
export function approvalAwaitedSince(
  decisions: readonly Decision[],
  version: string,
  head: Sha,
): Date | null {
  const last = decisions.findLast((one) => isAbout(one, version, head))
  return last?.step === 'verdict' && last.rule === 'approval-needed' ? last.at : null
}
