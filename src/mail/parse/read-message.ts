import type { MessageId } from '../../core/ids.ts'
import type { MailBody, Mailbox, Message } from '../../core/message.ts'
import { parsePatchSubject } from '../../core/series/subject.ts'
import { readMailedRelease } from '../../core/trust/mail-command.ts'
import { parseAddresses } from './addresses.ts'
import { isAutomatic } from './automatic.ts'
import { readable, readBodyText } from './body-text.ts'
import { readBounce } from './bounce.ts'
import { headerText } from './encoded-words.ts'
import { type FoundPatch, findPatch } from './find-patch.ts'
import { parseGitDate } from './git-date.ts'
import { type HeaderBlock, type HeaderField, lastValueOf, valuesOf } from './header-block.ts'
import { mailLimits } from './limits.ts'
import { readListIds } from './list-ids.ts'
import {
  baseProblems,
  dateProblems,
  patchProblems,
  referencesCut,
  submitterProblems,
} from './mail-problems.ts'
import { readMailInfo } from './mailinfo.ts'
import { deriveMessageId, readMessageId, readReferences } from './message-ids.ts'
import { innerMail, type MailPart, readParts } from './mime-parts.ts'
import { readOrigin } from './origin.ts'
import { readPull } from './pull-request.ts'
import { readPatch } from './read-patch.ts'
import type { RepairName } from './repairs.ts'
import { findSubmitter, senderOf, viaName } from './submitter.ts'
import { readTextFacts } from './text-facts.ts'
import { readCommitTrailers, readGivenTrailers } from './trailers.ts'
import { readWishes } from './wishes.ts'

/** All facts of a mail with a readable header. */
export function readMessage(block: HeaderBlock): {
  readonly message: Message
  readonly body: MailBody
} {
  const { fields } = block
  const parts = readParts(block)
  const info = readMailInfo(block)
  const subject = headerText(lastValueOf(fields, 'subject') ?? '')
  const isReply = parsePatchSubject(subject)?.isReply ?? /^\s*re\s*:/i.test(subject)
  const wrapped = findWrapped(fields, parts)
  const found = findPatch(block, info, parts, isReply, wrapped)
  const from = senderOf(fields)
  const wasAutomatic = isAutomatic(fields, from)
  const submitter = findSubmitter(from, fields, {
    inBody: found?.info.hasInBodyFrom === true ? authorOf(found) : null,
    wrapped: wrapped === null ? null : senderOf(innerMail(wrapped).fields),
  })
  const date = lastValueOf(fields, 'date') ?? ''
  const sentAt = parseGitDate(headerText(date))?.at ?? null
  const receivedAt = earliestReceived(fields)
  const patch =
    found === null
      ? null
      : readPatch(found, submitter, isReply, {
          written: sentAt === null ? null : date,
          fallback: receivedAt ?? new Date(0),
        })
  // A patch of its own is all that the mail has to say: its text was read with it.
  const around =
    patch === null || found?.innerSender !== null
      ? readBodyText(wrapped === null ? parts : readParts(innerMail(wrapped)))
      : null
  const text = patch?.text ?? around?.text ?? ''
  const allText = patch === null || around === null ? text : `${text}\n${around.text}`
  const to = addressesOf(fields, 'to')
  const cc = addressesOf(fields, 'cc')
  const known = new Set([from, submitter.mailbox, ...to, ...cc].map(({ address }) => address))
  const inReplyTo = readReferences(fields, 'in-reply-to', known)
  const references = cutReferences(readReferences(fields, 'references', known))
  // A reply that attaches a patch gives its trailers in its own words.
  const isPatch = patch?.facts.isFormatPatch === true && !(isReply && around !== null)
  const { strangeBase, ...facts } = readTextFacts(allText)
  const isGuessed = around?.isGuessed === true || patch?.isGuessed === true
  const guesses: readonly RepairName[] = isGuessed ? ['charset-guessed'] : []
  const unmunging = submitter.repair === null ? [] : [submitter.repair]
  return {
    message: {
      messageId: readMessageId(fields) ?? deriveMessageId(fields, block.body),
      inReplyTo: inReplyTo.slice(0, mailLimits.references),
      references: references.ids,
      from,
      submitter: submitter.mailbox,
      to,
      cc,
      subject,
      sentAt,
      receivedAt,
      listIds: readListIds(fields),
      isAutomatic: wasAutomatic,
      patch: patch?.facts ?? null,
      pull: readPull(allText),
      trailers: isPatch
        ? readCommitTrailers(patch.commitMessage)
        : readGivenTrailers(around?.text ?? text),
      ...facts,
      repairs: [...new Set([...unmunging, ...(patch?.repairs ?? []), ...guesses])],
      problems: [
        ...dateProblems(fields, sentAt),
        ...submitterProblems(submitter),
        ...baseProblems({ strangeBase }),
        ...patchProblems(found),
        ...(references.isCut ? [referencesCut] : []),
      ],
    },
    body: {
      form: {
        isFlowed: parts.some((part) => part.isFlowed),
        isHtml: parts.some((part) => part.type === 'text/html' && !part.isAttachment),
        program: programOf(fields),
      },
      wishes: readWishes(fields),
      origin: readOrigin(fields, from.address),
      text,
      commitMessage: patch?.commitMessage ?? '',
      diff: patch?.diff ?? '',
      repaired: patch?.repaired ?? null,
      bounce: patch === null && wasAutomatic ? readBounce(fields, parts, text) : null,
      release: patch === null && !wasAutomatic ? readMailedRelease(text) : null,
    },
  }
}

/**
 * The part in which a list wrapped this very mail because of DMARC (Mailman's wrap_message): it has the same
 * Message-ID, or none where From was written over.
 */
function findWrapped(fields: readonly HeaderField[], parts: readonly MailPart[]): MailPart | null {
  const inner = parts.filter((part) => part.type === 'message/rfc822')
  const [only] = inner
  if (only === undefined || inner.length > 1) {
    return null
  }
  const own = readMessageId(fields)
  const id = readMessageId(innerMail(only).fields)
  const isOwn = id === null ? viaName(senderOf(fields).name) !== null : id === own
  return isOwn ? only : null
}

function programOf(fields: readonly HeaderField[]): string | null {
  const written = lastValueOf(fields, 'user-agent') ?? lastValueOf(fields, 'x-mailer')
  return written === null ? null : headerText(written).slice(0, 200)
}

function authorOf(found: FoundPatch): Mailbox {
  const { name, email } = found.info.author
  return { name: readable(name), address: readable(email) }
}

function addressesOf(fields: readonly HeaderField[], name: string): readonly Mailbox[] {
  return valuesOf(fields, name).flatMap(parseAddresses).slice(0, mailLimits.addresses)
}

/** The date after the last semicolon of each Received field, the earliest of them. */
function earliestReceived(fields: readonly HeaderField[]): Date | null {
  const times = valuesOf(fields, 'received')
    .map((value) => parseGitDate(value.slice(value.lastIndexOf(';') + 1))?.at.getTime())
    .filter((time) => time !== undefined)
  return times.length === 0 ? null : new Date(times.reduce((one, other) => Math.min(one, other)))
}

function cutReferences(ids: readonly MessageId[]): {
  readonly ids: readonly MessageId[]
  readonly isCut: boolean
} {
  return ids.length <= mailLimits.references
    ? { ids, isCut: false }
    : { ids: [...ids.slice(0, 1), ...ids.slice(1 - mailLimits.references)], isCut: true }
}
