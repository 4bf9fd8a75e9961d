import type { Mailbox, PatchFacts } from '../../core/message.ts'
import { patchId } from '../../core/patch/patch-id.ts'
import { readable } from './body-text.ts'
import { type ByteText, toBytes, trim, utf8 } from './byte-text.ts'
import { decodeText } from './charset.ts'
import { contentHash } from './content-hash.ts'
import { diffOf, type FoundPatch } from './find-patch.ts'
import { parseGitDate } from './git-date.ts'
import { mailLimits } from './limits.ts'
import { commitMessageOf } from './mailinfo.ts'
import { writeRepairedMail } from './repaired-mail.ts'
import type { RepairName } from './repairs.ts'
import type { Submitter } from './submitter.ts'

export interface ReadPatch {
  readonly facts: PatchFacts
  /** Commit message below the title. */
  readonly commitMessage: string
  readonly diff: string
  /** What stands around the diff: message, notes, base-commit lines, signature. */
  readonly text: string
  /** The message is not in the charset that was declared, nor in UTF-8. */
  readonly isGuessed: boolean
  readonly repairs: readonly RepairName[]
  readonly repaired: Uint8Array | null
}

/** When the mail was sent, as far as its own header fields say. */
export interface MailDates {
  /** The Date field as written, where git can read it; else null. */
  readonly written: ByteText | null
  /** What counts where Date is of no use: the earliest Received, else the epoch. */
  readonly fallback: Date
}

/** What a found patch says; `isReply` tells whether the subject begins with `Re:`. */
export function readPatch(
  found: FoundPatch,
  submitter: Submitter,
  isReply: boolean,
  dates: MailDates,
): ReadPatch {
  const { info, scan } = found
  const message = commitMessageOf(info)
  const titleEnd = message.indexOf('\n')
  const title = titleEnd === -1 ? message : message.slice(0, titleEnd)
  const rest = trim(message.slice(title.length))
  const diff = diffOf(found)
  const start = scan.parts[0]?.start ?? 0
  const end = scan.parts.at(-1)?.end ?? info.patch.length
  const takesSubmitter =
    submitter.repair !== null && found.innerSender === null && !info.hasInBodyFrom
  const author = takesSubmitter ? submitter.mailbox : mailboxOf(info.author)
  const date = commitDate(info.date, dates)
  const repairs = [...found.repairs, ...(date.repair === null ? [] : [date.repair])]
  const needsOther = repairs.length > 0 || takesSubmitter
  return {
    facts: {
      author,
      title: readable(title),
      patchId: patchId(toBytes(diff)),
      contentHash: contentHash(message, diff),
      files: scan.parts.slice(0, mailLimits.files).map((part) => part.file),
      isFormatPatch: isFormatPatch(found, isReply),
    },
    commitMessage: rest === '' ? '' : `${readable(rest)}\n`,
    diff: readable(diff),
    text: readable(info.log + info.patch.slice(0, start)) + readable(info.patch.slice(end)),
    isGuessed: !decodeText(message, '').asDeclared,
    repairs,
    repaired: needsOther
      ? writeRepairedMail({ author, date: date.text, title, message: rest, patch: info.patch })
      : null,
  }
}

/** The date the commit gets: that of the patch where git can read it, else that of the mail around it. */
function commitDate(
  own: ByteText,
  dates: MailDates,
): { readonly text: ByteText; readonly repair: RepairName | null } {
  if (parseGitDate(own) !== null) {
    return { text: trim(own), repair: null }
  }
  return dates.written === null
    ? { text: dates.fallback.toUTCString().replace('GMT', '+0000'), repair: 'date-from-transport' }
    : { text: dates.written, repair: 'date-from-header' }
}

function mailboxOf(author: { readonly name: ByteText; readonly email: ByteText }): Mailbox {
  return { name: readable(author.name), address: readable(author.email) }
}

const attribution =
  /^[^>\n]*\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto)\b[^\n]*:[ \t]*$/m

/** A diff that is the point of the mail, not a suggestion in a discussion. */
function isFormatPatch(found: FoundPatch, isReply: boolean): boolean {
  if (found.innerSender !== null) {
    return true
  }
  const { info, scan } = found
  const isQuoting = /^>/m.test(info.log)
  const isDiscussion = isQuoting && (isReply || attribution.test(utf8(info.log)))
  const isSeparated = /^---[ \t\r]*\n/.test(info.patch)
  return !isDiscussion && (isSeparated || scan.parts[0]?.isGit === true)
}
