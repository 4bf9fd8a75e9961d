import type { ReportPolicy } from '../project.ts'
import { quietUntil } from './quiet-hours.ts'

/** What is known of a report whose turn to be sent has come. */
export interface DepartureFacts {
  readonly now: Date
  /** A person said that it shall be sent. */
  readonly isReleased: boolean
  /** It was offered before and put off. */
  readonly wasOffered: boolean
  /** When its version arrived, or a person last acted on it; null where nobody knows. */
  readonly stirredAt: Date | null
  /** When other mails about its topic were last offered, within `limitWindowMs`. */
  readonly inThread: readonly Date[]
  /** The same for its list. */
  readonly onList: readonly Date[]
}

/** `rule` is the kebab-case name that `explain` shows; `why` a clause that follows `because`. */
export type Departure =
  | { readonly outcome: 'leave' }
  | {
      readonly outcome: 'wait'
      readonly until: Date
      readonly rule: string
      readonly why: string
    }
  | { readonly outcome: 'hold' | 'digest' | 'drop'; readonly rule: string; readonly why: string }

/** Limits hold within any time of this length. */
export const limitWindowMs = 24 * 3_600_000

interface Limit {
  readonly rule: 'limit-per-thread' | 'limit-per-day'
  readonly most: number
  readonly others: readonly Date[]
  readonly words: string
}

/** When there is room again; null where there is room. */
function fullUntil({ most, others }: Limit, now: Date): Date | null {
  const within = others
    .map((at) => at.getTime() + limitWindowMs)
    .filter((end) => end > now.getTime())
    .toSorted((a, b) => b - a)
  const end = most === 0 ? undefined : within[most - 1]
  return end === undefined ? null : new Date(end)
}

function atLimit(
  limit: Limit,
  beyond: 'hold' | 'digest',
  { now, wasOffered }: DepartureFacts,
): Departure | null {
  const until = fullUntil(limit, now)
  if (until === null) {
    return null
  }
  const { rule, most } = limit
  const mails = most === 1 ? '1 mail' : `${most} mails`
  const why = `${limit.words} had ${mails} within a day, which is its limit`
  // The journal says that it is being sent: only waiting keeps that true.
  return wasOffered ? { outcome: 'wait', until, rule, why } : { outcome: beyond, rule, why }
}

/**
 * Whether a report leaves now. What a person released leaves whatever the policy. What is too old to be of use is not
 * sent; what falls into quiet hours waits; what is beyond a limit waits for a person or goes into the digest.
 */
export function departure(
  policy: Pick<ReportPolicy, 'limits' | 'quietHours' | 'staleAfterMs'>,
  facts: DepartureFacts,
): Departure {
  const { now, isReleased, wasOffered, stirredAt } = facts
  const { limits, quietHours, staleAfterMs } = policy
  if (isReleased) {
    return { outcome: 'leave' }
  }
  const ageMs = stirredAt === null ? 0 : now.getTime() - stirredAt.getTime()
  if (staleAfterMs !== null && ageMs > staleAfterMs && !wasOffered) {
    const why = `it came too late to be of use: the version is ${Math.floor(ageMs / 86_400_000)} days old`
    return { outcome: 'drop', rule: 'stale', why }
  }
  const until = quietUntil(now, quietHours)
  if (until !== null) {
    return { outcome: 'wait', until, rule: 'quiet-hours', why: 'these are quiet hours' }
  }
  const thread: Limit = {
    rule: 'limit-per-thread',
    most: limits.perThread,
    others: facts.inThread,
    words: 'the thread',
  }
  const day: Limit = {
    rule: 'limit-per-day',
    most: limits.perDay,
    others: facts.onList,
    words: 'the list',
  }
  return (
    atLimit(thread, limits.beyond, facts) ??
    atLimit(day, limits.beyond, facts) ?? { outcome: 'leave' }
  )
}
