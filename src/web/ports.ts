import type { MessageId, Sha, TopicId } from '../core/ids.ts'
import type { MailBody } from '../core/message.ts'

/** A secret by which a person or a program is known. */
export interface NamedToken {
  /** Goes into the journal as the one who acted. */
  readonly name: string
  readonly secret: string
}

/** `message` is one sentence for the person who asked. */
export type ActResult =
  | { readonly outcome: 'done'; readonly message: string }
  | { readonly outcome: 'refused'; readonly message: string }

/** What a person can make the service do. `by` is who asked; durable in the journal when it resolves. */
export interface OperatorActs {
  /**
   * Releases a held version. The newest where `version` is null; where `head` is given and is not what is held
   * any more the act is refused, because the person looked at something else.
   */
  approve(
    topic: TopicId,
    held: { readonly version: string | null; readonly head: Sha | null },
    by: string,
    signal: AbortSignal,
  ): Promise<ActResult>
  withdraw(topic: TopicId, reason: string, by: string, signal: AbortSignal): Promise<ActResult>
  /** Tests a version again; the newest where `version` is null. */
  retest(
    topic: TopicId,
    version: string | null,
    by: string,
    signal: AbortSignal,
  ): Promise<ActResult>
  /** The series of this mail is a version of the topic that `to` names; where `to` is null it begins one of its own. */
  link(
    mail: MessageId,
    to: string | null,
    reason: string,
    by: string,
    signal: AbortSignal,
  ): Promise<ActResult>
  /** Takes a mail out of its series, into that of the mail `to`, or into one of its own where `to` is null. */
  split(
    mail: MessageId,
    to: string | null,
    reason: string,
    by: string,
    signal: AbortSignal,
  ): Promise<ActResult>
  /** What people said of the link of its series, or of its place, holds no more. */
  undo(
    what: 'link' | 'split',
    mail: MessageId,
    reason: string,
    by: string,
    signal: AbortSignal,
  ): Promise<ActResult>
  /** Lets a mail go that is held, or whose outcome is unknown. */
  release(outboxKey: string, reason: string, by: string, signal: AbortSignal): Promise<ActResult>
  /** Never sends this mail. */
  drop(outboxKey: string, reason: string, by: string, signal: AbortSignal): Promise<ActResult>
}

/** Takes one mail over HTTP. */
export interface MailIntake {
  /** Durable when it resolves. `messageId` is null where headers cannot be read. */
  take(
    raw: Uint8Array,
    from: { readonly source: string; readonly location: string },
    signal: AbortSignal,
  ): Promise<{
    readonly outcome: 'stored' | 'known' | 'quarantined'
    readonly messageId: MessageId | null
  }>
}

/** What people read of a mail. */
export type MailText = Pick<MailBody, 'text' | 'commitMessage' | 'diff'>

/** Text and diff of stored mails, read again from the archive. */
export interface MailBodies {
  /** Null for a mail that is not stored or cannot be read any more. */
  body(messageId: MessageId, signal: AbortSignal): Promise<MailText | null>
}

/** One configured webhook, `POST /webhooks/<name>`. */
export interface WebhookEndpoint {
  /**
   * Takes one delivery: what it hints at is durable when this resolves, and is worked on later. `ignored`: the bot has no
   * use for it; `known`: it came before. Throws FORGE_WEBHOOK_SIGNATURE when it is forged, FORGE_WEBHOOK_BODY when it is
   * not JSON.
   */
  receive(
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<'taken' | 'known' | 'ignored'>
}
