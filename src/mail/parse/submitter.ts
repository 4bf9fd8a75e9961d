import type { Mailbox } from '../../core/message.ts'
import { parseAddresses, parseSender } from './addresses.ts'
import { type HeaderField, valuesOf } from './header-block.ts'
import type { RepairName } from './repairs.ts'

export interface Submitter {
  readonly mailbox: Mailbox
  /** The repair that found it; null where From was left as it is. */
  readonly repair: RepairName | null
  /** From was written over by list software, and nothing told who was there before. */
  readonly isUnknown: boolean
}

/** What else may tell who wrote a mail whose From was written over. */
export interface SubmitterHints {
  /** Of the in-body `From:`; null when there is none. */
  readonly inBody: Mailbox | null
  /** Of a mail that this one wraps; null when it wraps none. */
  readonly wrapped: Mailbox | null
}

/**
 * Undoes the munging of From that lists do for DMARC (`Ann via dev <dev@lists.example.org>`). Tried in turn: an in-body
 * From of the same name, X-Original-From (Google Groups), the wrapped mail (Mailman), a mailbox of that name in Reply-To
 * or Cc, a lone Reply-To, any in-body From.
 */
export function findSubmitter(
  from: Mailbox,
  fields: readonly HeaderField[],
  hints: SubmitterHints,
): Submitter {
  const name = nameBeforeVia(from.name)
  if (name === null) {
    return { mailbox: from, repair: null, isUnknown: false }
  }
  function isSame(mailbox: Mailbox): boolean {
    return sameName(mailbox.name, name ?? '') && !sameAddress(mailbox, from)
  }
  const original = mailboxesOf(fields, 'x-original-from')[0]
  const replyTo = mailboxesOf(fields, 'reply-to')
  const others = [...replyTo, ...mailboxesOf(fields, 'cc')]
  const lone = replyTo.filter((mailbox) => !isListAddress(mailbox, from, fields))
  const candidates: readonly (readonly [RepairName, Mailbox | null | undefined])[] = [
    ['unmunged-from-in-body', hints.inBody !== null && isSame(hints.inBody) ? hints.inBody : null],
    ['unmunged-from-x-original-from', original],
    ['unmunged-from-wrapped-mail', hints.wrapped],
    ['unmunged-from-reply-to', others.find(isSame)],
    ['unmunged-from-reply-to', lone.length === 1 && lone[0]?.name === '' ? lone[0] : null],
    ['unmunged-from-in-body', hints.inBody],
  ]
  const found = candidates.find(([, mailbox]) => (mailbox?.address ?? '') !== '')
  if (found?.[1] === null || found?.[1] === undefined) {
    return { mailbox: from, repair: null, isUnknown: true }
  }
  const mailbox = found[1].name === '' ? { ...found[1], name } : found[1]
  return { mailbox, repair: found[0], isUnknown: false }
}

/** `Ann` of `Ann via dev` and of `'Ann' via dev`; null for a name that was not written over. */
function nameBeforeVia(name: string): string | null {
  const at = name.search(/\s+via\s+\S/i)
  const before = at === -1 ? '' : unquoteName(name.slice(0, at))
  return before === '' ? null : before
}

function unquoteName(name: string): string {
  return name.trim().replace(/^['"]+|['"]+$/g, '')
}

function sameName(one: string, other: string): boolean {
  return unquoteName(one).toLowerCase() === other.toLowerCase()
}

function sameAddress(one: Mailbox, other: Mailbox): boolean {
  return one.address.toLowerCase() === other.address.toLowerCase()
}

function isListAddress(mailbox: Mailbox, from: Mailbox, fields: readonly HeaderField[]): boolean {
  const posts = valuesOf(fields, 'list-post').join(' ').toLowerCase()
  return sameAddress(mailbox, from) || posts.includes(`mailto:${mailbox.address.toLowerCase()}`)
}

function mailboxesOf(fields: readonly HeaderField[], name: string): readonly Mailbox[] {
  return valuesOf(fields, name).flatMap(parseAddresses)
}

/** The sender that a From value names. */
export function senderOf(fields: readonly HeaderField[]): Mailbox {
  return parseSender(valuesOf(fields, 'from').at(-1) ?? '')
}
