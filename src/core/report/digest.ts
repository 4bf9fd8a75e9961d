import { createHash } from 'node:crypto'
import type { MessageId, Sha, TopicId } from '../ids.ts'
import type { Mailbox } from '../message.ts'
import type { ReportKind } from '../project.ts'
import { localTime, nextLocalTime } from './local-time.ts'

/** When summaries leave, daily or on Mondays, and who gets them. */
export interface DigestPlan {
  readonly every: 'day' | 'week'
  /** Minutes after midnight. */
  readonly at: number
  /** Name of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone: string
  readonly to: 'list' | 'maintainers' | 'results'
}

/** One outcome that is told in a digest instead of by a mail of its own. */
export interface DigestItem {
  /** The key that its own report has, or would have had. */
  readonly key: string
  readonly project: string
  readonly list: string
  readonly kind: ReportKind
  readonly topic: TopicId
  readonly version: string
  readonly head: Sha | null
  readonly anchor: MessageId
  /** Of the series. */
  readonly name: string
  readonly submitter: Mailbox
  /** The first sentence of the report. */
  readonly verdict: string
  /** The command that fetches what was tested, where it is published. */
  readonly fetch?: string
  /** Which rule brought it here: the timing of its kind, or a limit. */
  readonly rule: string
  readonly at: Date
}

/** The summary of a list for a day or week. */
export interface Digest {
  readonly project: string
  readonly list: string
  /** The day it is due, `2026-11-23`, in the time zone of its plan. */
  readonly day: string
  readonly every: DigestPlan['every']
  /** Oldest first; never empty. */
  readonly items: readonly DigestItem[]
  /** How many more wait for the next one. */
  readonly left: number
  readonly at: Date
}

const monday = 1
const longestStepMs = 8 * 86_400_000

/** The first moment after `at` at which a digest is due. */
export function nextDigestAt(at: Date, { every, at: minutes, timeZone }: DigestPlan): Date {
  return nextLocalTime(at, { minutes, weekday: every === 'week' ? monday : null }, timeZone)
}

/** The day of the last moment, up to `now`, at which a digest was due: it names the digest. */
export function digestDay(now: Date, plan: DigestPlan): string {
  let due = nextDigestAt(new Date(now.getTime() - longestStepMs), plan)
  for (let next = due; next <= now; next = nextDigestAt(next, plan)) {
    due = next
  }
  return localTime(due, plan.timeZone).day
}

/** The permanent outbox key of a digest: one for each list and day. */
export function digestKey(project: string, list: string, day: string): string {
  const whole = JSON.stringify(['digest', project, list, day])
  return `digest-${day}-${createHash('sha256').update(whole).digest('hex').slice(0, 32)}`
}

/** The day of `digestKey` in that key. */
export function dayOfDigest(key: string): string {
  return key.slice('digest-'.length, 'digest-2026-11-23'.length)
}

/** The key of the job that writes the digests of a list. */
export function digestJobKey(project: string, list: string): string {
  return `${project} ${list}`
}
