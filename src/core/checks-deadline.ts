import type { Decision } from './decision.ts'
import type { Sha } from './ids.ts'

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
  for (const { at, version: about, step, rule, inputs } of decisions) {
    if (about !== version) {
      continue
    }
    if (
      step === 'person' ||
      (step === 'verdict' && inputs['head'] === head && rule !== 'waiting')
    ) {
      since = null
    } else if (step === 'verdict' && inputs['head'] === head) {
      since ??= at
    }
  }
  return since
}
