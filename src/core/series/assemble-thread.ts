import { effectiveDate, type Message } from '../message.ts'
import { ancestorsIn } from './ancestors.ts'
import { buildSeries } from './build-series.ts'
import { composeVersions } from './compose-version.ts'
import { placesOf } from './corrections.ts'
import {
  explainComposition,
  explainOther,
  explainSeries,
  explainTrailers,
  type MailDecision,
} from './explain-thread.ts'
import { gatherSeries } from './gather-series.ts'
import { compareMessages, compareText } from './message-order.ts'
import { describeOther } from './other-mail.ts'
import { placeMails } from './place-mails.ts'
import type { Corrections, OtherMail, Series } from './series.ts'
import { findCandidates } from './series-candidate.ts'

export interface AssemblyOptions {
  /** How long single new patches rest before they compose a version. */
  readonly quietMs: number
  /** Null: that time is over. */
  readonly now: Date | null
}

export interface ThreadAssembly {
  /** By start, then anchor. */
  readonly series: readonly Series[]
  /** Every mail that is neither cover nor patch of a series, oldest first. */
  readonly others: readonly OtherMail[]
  readonly decisions: readonly MailDecision[]
  /** When the same mails will give another result, because a version is composed then; null when they will not. */
  readonly settlesAt: Date | null
}

function compareStarts(one: Series, other: Series): number {
  return (
    one.startedAt.getTime() - other.startedAt.getTime() || compareText(one.anchor, other.anchor)
  )
}

/** When the newest patch of a version came, and the quiet time after it is over. */
function quietTimes(messages: readonly Message[], quietMs: number): (series: Series) => number {
  // A Date header may lie in the future, a Received header is written by a server.
  const arrivals = new Map(
    messages.map((message) => [
      message.messageId,
      (message.receivedAt ?? effectiveDate(message)).getTime(),
    ]),
  )
  return ({ patches }) =>
    Math.max(...patches.map(({ messageId }) => arrivals.get(messageId) ?? 0)) + quietMs
}

/**
 * All series of one thread (a component of `threadComponents`), and what its other mails are. Pure: any order of the
 * same mails gives the same result. No two of them may have one Message-ID. A cover, or the lowest patch where there
 * is none, opens a series; see `gatherSeries` for what belongs to it and `composeVersions` for partial rerolls.
 */
export function assembleThread(
  thread: readonly Message[],
  corrections: Corrections,
  options: AssemblyOptions,
): ThreadAssembly {
  const messages = thread.toSorted(compareMessages)
  const ancestors = ancestorsIn(messages)
  const candidates = findCandidates(messages, ancestors, placesOf(corrections))
  const { groups, attachedTo } = gatherSeries(candidates, ancestors)
  const { parts, lonelyCovers, outside } = placeMails(messages, groups, candidates, ancestors)
  const quietAt = quietTimes(messages, options.quietMs)
  const built = parts.map((one) => buildSeries(one, candidates, ancestors))
  const coverReplies = new Map(
    built.map(({ anchor }, at) => [anchor, parts[at]?.coverReplies ?? []] as const),
  )
  const { series, compositions, waiting } = composeVersions(
    built,
    { candidates, ancestors, attachedTo, coverReplies },
    (one) => options.now === null || options.now.getTime() >= quietAt(one),
  )
  const others = outside.map((message) =>
    describeOther(message, lonelyCovers.get(message.messageId) ?? null, ancestors),
  )
  return {
    series: series.toSorted(compareStarts),
    others,
    decisions: [
      ...parts.flatMap((one) => explainSeries(one, attachedTo)),
      ...parts.flatMap(explainTrailers),
      ...compositions.map(explainComposition),
      ...outside.flatMap(({ messageId }, at) => {
        const other = others[at]
        return other === undefined ? [] : [explainOther(messageId, other)]
      }),
    ],
    settlesAt: waiting.length === 0 ? null : new Date(Math.min(...waiting.map(quietAt))),
  }
}
