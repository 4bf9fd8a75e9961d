import type { MailBody, Message } from '../core/message.ts'
import type { Unreadable } from '../core/quarantine.ts'
import type { StorableMessage } from '../core/storable-message.ts'

export type ParsedMail =
  | { readonly outcome: 'message'; readonly message: Message; readonly body: MailBody }
  /** Headers or body cannot be read: the reason, for the quarantine. */
  | { readonly outcome: 'unreadable'; readonly reason: Unreadable }

/** What of a mail is stored: all of a `ParsedMail` but its text, as the store keeps it or as it was parsed. */
export type StorableMail =
  | {
      readonly outcome: 'message'
      readonly message: Message | StorableMessage
      readonly body: Pick<MailBody, 'bounce' | 'release'>
    }
  | Extract<ParsedMail, { outcome: 'unreadable' }>

/** Pure and total: the same bytes give the same result, and nothing throws. */
export type MailParser = (raw: Uint8Array) => ParsedMail

/** What git is to read of a mail: its repaired form where the parser made one, else the mail itself. */
export function repairedMail(raw: Uint8Array, parse: MailParser): Uint8Array {
  const parsed = parse(raw)
  return parsed.outcome === 'message' ? (parsed.body.repaired ?? raw) : raw
}
