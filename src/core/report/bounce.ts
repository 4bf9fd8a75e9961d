import type { MessageId } from '../ids.ts'

/** What a mail server says of one recipient of a mail that it could not deliver, or not yet. */
export interface BouncedRecipient {
  /** The names that it gives the recipient, that of the envelope before that after forwarding. Never empty. */
  readonly addresses: readonly string[]
  /** `delayed`: it goes on trying; `delivered`: also relayed or expanded. */
  readonly outcome: 'failed' | 'delayed' | 'delivered'
  /** RFC 3463, such as `5.1.1`; null where it gives none. */
  readonly status: string | null
  /** Its reason, one line; empty where it gives none. */
  readonly reason: string
}

/** A mail that tells what became of another one (RFC 3464, and what older mail software writes). Anybody can write one. */
export interface Bounce {
  /** The addresses that it was sent to: one of them is where our mail said that bounces go. */
  readonly sentTo: readonly string[]
  readonly recipients: readonly BouncedRecipient[]
}

/** What is remembered of a mail of ours that did not reach somebody. */
export interface NotedBounce {
  /** The outbox key. */
  readonly key: string
  /** As our mail wrote it, in lower case. */
  readonly address: string
  /** Trying again is no use: only these count against an address. */
  readonly isPermanent: boolean
  readonly status: string | null
  readonly reason: string
  /** The mail that said so; null where a server said it in the dialogue. */
  readonly bounce: MessageId | null
}

/** When an address is written to no more. */
export interface BouncePolicy {
  /** After this many mails that did not reach it for good, */
  readonly limit: number
  /** within this time, */
  readonly withinMs: number
  /** for this long. */
  readonly silentForMs: number
}

/** Failed for good (RFC 3463: class 5), but for a mailbox that is only full. */
export function isPermanentFailure(
  recipient: Pick<BouncedRecipient, 'outcome' | 'status'>,
): boolean {
  const { outcome, status } = recipient
  return outcome === 'failed' && !(status?.startsWith('4') ?? false) && status !== '5.2.2'
}

/** Whether an address has bounced so often that it is written to no more; several bounces of one mail count once. */
export function isTooMuch(
  bounces: readonly {
    readonly at: Date
    readonly decision: Pick<NotedBounce, 'key' | 'isPermanent'>
  }[],
  policy: BouncePolicy,
  since: Date,
  now: Date,
): boolean {
  const from = Math.max(since.getTime(), now.getTime() - policy.withinMs)
  const keys = bounces
    .filter(({ at, decision }) => decision.isPermanent && at.getTime() > from)
    .map(({ decision }) => decision.key)
  return new Set(keys).size >= policy.limit
}
