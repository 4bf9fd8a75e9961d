import type { Topic, TopicState } from '../topic/topic.ts'
import { isNewer } from '../topic/version-order.ts'
import { labelPrefix } from './pull-request.ts'
import type { PullRequestRecord } from './pull-request-record.ts'

/** Why we close one. */
export type ClosingReason = 'merged' | 'withdrawn' | 'superseded'

export type DesiredPullRequest =
  /** None is opened, and the one that there is is left as it is. */
  | { readonly outcome: 'none'; readonly rule: 'nothing-published' | 'ended' | 'closed-by-person' }
  /** `known` is brought up to date, or, where it is null, one is opened, which tells of the one that it `replaces`. */
  | {
      readonly outcome: 'open'
      readonly known: PullRequestRecord | null
      readonly replaces: PullRequestRecord | null
    }
  | {
      readonly outcome: 'closed'
      readonly known: PullRequestRecord
      readonly reason: ClosingReason
    }

/** What decides about the pull request of a topic. */
export interface PullRequestFacts {
  readonly state: TopicState
  /** The newest version that was published and still belongs to the topic; null where there is none. */
  readonly version: string | null
  /** Somebody ended the work on that version. */
  readonly isWithdrawn: boolean
  /** The last one of the topic; null where there was none. */
  readonly known: PullRequestRecord | null
}

function ended({ state, version, isWithdrawn }: PullRequestFacts): ClosingReason | null {
  if (state === 'merged') {
    return 'merged'
  }
  if (version === null) {
    return 'superseded'
  }
  return isWithdrawn ? 'withdrawn' : null
}

/**
 * What the pull request of a topic should be. One that a person closed stays closed, and nothing is opened in its place,
 * until there is a newer version; there are never two open ones.
 */
export function desiredPullRequest(facts: PullRequestFacts): DesiredPullRequest {
  const { known, version } = facts
  const reason = ended(facts)
  if (reason !== null || version === null) {
    return known?.state === 'open'
      ? { outcome: 'closed', known, reason: reason ?? 'superseded' }
      : { outcome: 'none', rule: version === null ? 'nothing-published' : 'ended' }
  }
  if (known === null || known.state === 'open') {
    return { outcome: 'open', known, replaces: null }
  }
  return known.closedBy === 'person' && !isNewer(version, known.version)
    ? { outcome: 'none', rule: 'closed-by-person' }
    : { outcome: 'open', known: null, replaces: known }
}

/** States of the newest version that a label tells. */
const toldStates: ReadonlySet<TopicState> = new Set([
  'success',
  'failure',
  'error',
  'no-checks',
  'held',
  'conflict',
  'base-missing',
  'problem',
])

/**
 * The labels of ours, sorted: the version that is shown, its verdict, or what keeps the newest version from being shown.
 * `version` is the one shown.
 */
export function labelsOf(topic: Pick<Topic, 'state'>, version: string): readonly string[] {
  const states = toldStates.has(topic.state) ? [topic.state] : []
  return [`v${version}`, ...states].map((word) => `${labelPrefix}${word}`).sort()
}

/** Bracket words that ask for opinions, not for a merge. */
const draftPrefixes: ReadonlySet<string> = new Set(['rfc', 'rfd', 'wip', 'rft'])

/** Whether a series with these bracket words is a draft. */
export function isDraftByPrefix(prefixes: readonly string[]): boolean {
  return prefixes.some((word) => draftPrefixes.has(word.toLowerCase()))
}
