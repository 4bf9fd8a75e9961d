import type { MailBody, Message } from '../core/message.ts'
import type { Unreadable } from '../core/quarantine.ts'

export type ParsedMail =
  | { readonly outcome: 'message'; readonly message: Message; readonly body: MailBody }
  /** Headers or body cannot be read: the reason, for the quarantine. */
  | { readonly outcome: 'unreadable'; readonly reason: Unreadable }

/** Pure and total: the same bytes give the same result, and nothing throws. */
export type MailParser = (raw: Uint8Array) => ParsedMail
