import type { MessageId, Sha } from './ids.ts'
import type { PatchFile } from './patch/patch-file.ts'
import type { Problem } from './problem.ts'
import type { Bounce } from './report/bounce.ts'
import type { Trailer } from './series/trailer.ts'
import type { MailedRelease } from './trust/mail-command.ts'

export interface Mailbox {
  /** Decoded display name; empty when there is none. */
  readonly name: string
  readonly address: string
}

/** What a mail says about a patch it carries. */
export interface PatchFacts {
  /** Author of the commit: in-body `From:`, else the submitter. */
  readonly author: Mailbox
  /** First line of the commit message, bracket prefixes stripped as `git mailinfo` does. */
  readonly title: string
  /** `git patch-id --stable` of the diff, 40 hex digits; null when the diff has no hunk. */
  readonly patchId: string | null
  /** sha256 hex over commit message and diff: tells a re-used Message-ID from one more delivery. */
  readonly contentHash: string
  readonly files: readonly PatchFile[]
  /** True when the body is the output of format-patch or a `diff --git`, not a diff quoted in a discussion. */
  readonly isFormatPatch: boolean
}

/** A `git request-pull` mail. */
export interface PullFacts {
  readonly url: string
  readonly ref: string
  readonly sha: Sha | null
}

/**
 * The facts of one mail that threading, series and policy need. Text and diff are not here: they are
 * read again from the archived bytes by the same pure parser (`MailBody`).
 */
export interface Message {
  /** The mail's own id, or `sha256-<hex>@no-message-id.invalid` derived from From, Date, Subject and body. */
  readonly messageId: MessageId
  /** Every id of In-Reply-To, in order. */
  readonly inReplyTo: readonly MessageId[]
  /** Every id of References, oldest first, as written. */
  readonly references: readonly MessageId[]
  /** The From header as it arrived. */
  readonly from: Mailbox
  /** Who mailed it, From munging of list software undone. */
  readonly submitter: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  /** Decoded, unfolded, otherwise as it arrived. */
  readonly subject: string
  /** The Date header; null when absent or unusable. */
  readonly sentAt: Date | null
  /** The earliest date of a Received header; null when there is none. */
  readonly receivedAt: Date | null
  readonly listIds: readonly string[]
  /** Auto-Submitted, Precedence or the like say that no person wrote it (RFC 3834). */
  readonly isAutomatic: boolean
  /** The body holds an unquoted diffstat, as a cover letter does. */
  readonly hasDiffstat: boolean
  readonly patch: PatchFacts | null
  readonly pull: PullFacts | null
  /** Trailers of the commit message (patch), of the body (reply, cover). */
  readonly trailers: readonly Trailer[]
  readonly baseCommit: Sha | null
  /** `prerequisite-patch-id:` lines, in order. */
  readonly prerequisitePatchIds: readonly string[]
  readonly changeId: string | null
  /** Message-IDs named by `Supersedes:` or an equivalent. */
  readonly supersedes: readonly MessageId[]
  /** Message-IDs named by `Depends-on:`, `Based-on:` or `prerequisite-message-id:`. */
  readonly dependsOn: readonly MessageId[]
  /** Names of the repairs the parser made, such as `unmunged-from`. */
  readonly repairs: readonly string[]
  readonly problems: readonly Problem[]
}

/** How a mail was made, which tells a patch that was damaged on its way from one that is only old. */
export interface MailForm {
  /** Some text says format=flowed (RFC 3676). */
  readonly isFlowed: boolean
  /** It has a part in HTML. */
  readonly isHtml: boolean
  /** `User-Agent` or `X-Mailer`, as written; null where neither is there. */
  readonly program: string | null
}

/** What the servers that a mail passed say about where it is from. */
export interface MailOrigin {
  /** Values of `Authentication-Results` (RFC 8601), topmost first; none where the mail has not exactly one From. */
  readonly authentication: readonly string[]
  /** Values of `DKIM-Signature` (RFC 6376), as they arrived. */
  readonly signatures: readonly string[]
  /** The address in From, as it arrived. */
  readonly address: string
}

/** What a mail says about answers to it. */
export interface ReplyWishes {
  /** As it arrived: lists write over it. */
  readonly replyTo: readonly Mailbox[]
  readonly followUpTo: readonly Mailbox[]
  /** The list takes no mail (`List-Post: NO`). */
  readonly isListClosed: boolean
}

/** The decoded text of one mail, for people and for reports. Never stored. */
export interface MailBody {
  readonly form: MailForm
  readonly wishes: ReplyWishes
  readonly origin: MailOrigin
  /** Decoded text, LF line ends, without the diff. */
  readonly text: string
  /** Commit message of a patch as git would record it (without the title); empty otherwise. */
  readonly commitMessage: string
  /** From the first `diff` line to the end of the patch; empty when there is none. */
  readonly diff: string
  /**
   * The mail to hand to git instead of the raw one, where a repair changed what git would make of that: one that
   * `git am` reads as author, date, message and diff are given here. Null where the raw mail serves.
   */
  readonly repaired: Uint8Array | null
  /** What it says became of another mail; null where it is no bounce. */
  readonly bounce: Bounce | null
  /** The release of a held series that a person asks for; whether they may is not looked at. */
  readonly release: MailedRelease | null
}

/** The moment a mail counts as sent: Date, else the earliest Received, else the epoch. */
export function effectiveDate(message: Pick<Message, 'sentAt' | 'receivedAt'>): Date {
  return message.sentAt ?? message.receivedAt ?? new Date(0)
}
