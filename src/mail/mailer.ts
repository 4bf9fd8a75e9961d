import type { MessageId } from '../core/ids.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'

export interface RefusedRecipient {
  readonly address: string
  readonly reply: string
  /** 4xx: it may be taken later. */
  readonly isTemporary: boolean
}

export type SendResult =
  | { readonly outcome: 'accepted'; readonly reply: string }
  /** Taken for the others: never send it to those again. */
  | {
      readonly outcome: 'partly'
      readonly reply: string
      /** Never empty. */
      readonly refused: readonly RefusedRecipient[]
    }
  /** Refused for good: a person has to look. */
  | { readonly outcome: 'rejected'; readonly reply: string }
  /** Not now: 4xx, no connection. Nothing was taken. */
  | { readonly outcome: 'deferred'; readonly reply: string }
  /** The mail may or may not have been taken: the dialogue broke after the final dot. */
  | { readonly outcome: 'unknown'; readonly reply: string }

export interface Mailer {
  /** Whatever it throws, an abort included: nothing was taken then. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<SendResult>
  /**
   * As `send`, but nobody gets the mail where a recipient is put off: `deferred`. Absent where recipients are not
   * answered for one by one.
   */
  sendToAll?(mail: OutgoingMail, signal: AbortSignal): Promise<SendResult>
  /** Whether this mail was taken already; null where this way of sending cannot tell. */
  wasAccepted(messageId: MessageId, signal: AbortSignal): Promise<boolean | null>
  close(): Promise<void>
}
