import type { Decision } from '../../core/decision.ts'
import type { PullRequestRecord } from '../../core/pull-request/pull-request-record.ts'
import { closingKeyStart } from './comment-on-pull-request.ts'
import type { PullRequestLook } from './look-at-pull-request.ts'

/** What is to be told of one turn, as a decision. */
export interface Step {
  readonly rule: string
  readonly inputs: Decision['inputs']
  readonly result: string
}

/** That it is left on an older version of the series below, once for each newer one of that. */
export function staysBelow(look: PullRequestLook): readonly Step[] {
  const { parent, decisions } = look
  if (parent === null || parent.newer === null) {
    return []
  }
  const { topic, version, newer } = parent
  const result = `stays on version ${version} of topic ${topic.topic}, which is at version ${newer}: a series is moved by a version of its own`
  const isTold = decisions.some((one) => one.rule === 'stays-below' && one.result === result)
  const inputs = { topic: topic.topic, version, newer }
  return isTold ? [] : [{ rule: 'stays-below', inputs, result }]
}

/** What happened since we looked last: somebody closed it, or we did, and died before it was stored. */
export function closedSince(
  look: Pick<PullRequestLook, 'facts'>,
  known: PullRequestRecord | null,
): readonly Step[] {
  if (known === null || known.closedBy === null || look.facts.known?.closedBy === known.closedBy) {
    return []
  }
  const { number, state, comments } = known
  if (known.closedBy === 'us') {
    const start = closingKeyStart(known.topic)
    const key = comments.findLast((one) => one.startsWith(start)) ?? start
    const reason = key.slice(start.length).split('/')[0] ?? ''
    const result = `#${number} closed: ${reason}`
    return [{ rule: 'pull-request-closed', inputs: { reason }, result }]
  }
  const result = `#${number} was ${state} by somebody: left so until there is a newer version`
  return [{ rule: 'pull-request-closed-by-person', inputs: { state }, result }]
}
