import type { ReplyWishes } from '../../core/message.ts'
import { parseAddresses } from './addresses.ts'
import { type HeaderField, valuesOf } from './header-block.ts'

/** More are no wish but a way to turn us on a crowd. */
const mostReplyTo = 5
const mostFollowUpTo = 100

/** What a mail says about answers to it: `Reply-To`, `Mail-Followup-To` (mutt and others), `List-Post: NO` (RFC 2369). */
export function readWishes(fields: readonly HeaderField[]): ReplyWishes {
  const replyTo = valuesOf(fields, 'reply-to').flatMap(parseAddresses)
  const followUpTo = valuesOf(fields, 'mail-followup-to').flatMap(parseAddresses)
  return {
    replyTo: replyTo.length > mostReplyTo ? [] : replyTo,
    followUpTo: followUpTo.length > mostFollowUpTo ? [] : followUpTo,
    isListClosed: valuesOf(fields, 'list-post').some((value) => /^NO\b/i.test(value.trim())),
  }
}
