import type { MessageId } from '../ids.ts'
import type { Mailbox } from '../message.ts'

/** A mail as text; `mail/send` turns it into bytes. */
export interface OutgoingMail {
  /** Derived from what it reports, so that a resend is the same mail. */
  readonly messageId: MessageId
  readonly inReplyTo: MessageId | null
  readonly references: readonly MessageId[]
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject: string
  /** When the report was decided; the same at every try. */
  readonly date: Date
  /** LF line ends, UTF-8, at most 72 columns but for quotes, URLs and logs. */
  readonly text: string
  /** Further headers such as `Auto-Submitted`, `X-Patchwork-Hint`. */
  readonly headers: Readonly<Record<string, string>>
}
