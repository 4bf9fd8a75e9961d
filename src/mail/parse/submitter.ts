import type { Mailbox } from '../../core/message.ts'
import { parseAddresses, parseSender } from './addresses.ts'
import { type HeaderField, valuesOf } from './header-block.ts'
import { readListIds } from './list-ids.ts'
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
 * or Cc, a lone Reply-To, the envelope sender as the list noted it, the address as groups.io rewrites it, the sender
 * that an ARC chain passed, any in-body From.
 */
export function findSubmitter(
  from: Mailbox,
  fields: readonly HeaderField[],
  hints: SubmitterHints,
): Submitter {
  const name = munged(from, fields, hints.wrapped)
  if (name === null) {
    return { mailbox: from, repair: null, isUnknown: false }
  }
  function isSame(mailbox: Mailbox): boolean {
    return isNamed(mailbox, name ?? '') && !sameAddress(mailbox, from)
  }
  function isPerson(mailbox: Mailbox): boolean {
    return !isListAddress(mailbox, from, fields)
  }
  const replyTo = mailboxesOf(fields, 'reply-to')
  const others = [...replyTo, ...mailboxesOf(fields, 'cc')]
  const lone = replyTo.filter(isPerson)
  const candidates: readonly (readonly [RepairName, Mailbox | null | undefined])[] = [
    ['unmunged-from-in-body', hints.inBody !== null && isSame(hints.inBody) ? hints.inBody : null],
    ['unmunged-from-x-original-from', originalSenders(fields)[0]],
    ['unmunged-from-wrapped-mail', hints.wrapped],
    ['unmunged-from-reply-to', others.find(isSame)],
    ['unmunged-from-reply-to', lone.length === 1 && lone[0]?.name === '' ? lone[0] : null],
    ['unmunged-from-envelope', envelopeSender(fields).find(isPerson)],
    ['unmunged-from-address', rewrittenAddress(from)],
    ['unmunged-from-arc', arcSender(fields).find(isPerson)],
    ['unmunged-from-in-body', hints.inBody],
  ]
  const found = candidates.find(([, mailbox]) => (mailbox?.address ?? '') !== '')
  if (found?.[1] === null || found?.[1] === undefined) {
    return { mailbox: from, repair: null, isUnknown: viaName(from.name) !== null }
  }
  const mailbox = found[1].name === '' ? { ...found[1], name } : found[1]
  return { mailbox, repair: found[0], isUnknown: false }
}

/**
 * The name that From had before it was written over: it says `via`, or its address is that of the list and something
 * else tells who it was. Null for a From that was left alone.
 */
function munged(
  from: Mailbox,
  fields: readonly HeaderField[],
  wrapped: Mailbox | null,
): string | null {
  // X-Original-Sender alone says nothing: Google Groups writes it whether From was kept or not.
  const [original = wrapped] = mailboxesOf(fields, 'x-original-from')
  const wasOther = original !== null && !sameAddress(original, from)
  const isList = from.address !== '' && isPostAddress(from, fields)
  return viaName(from.name) ?? (wasOther || isList ? unquoteName(from.name) : null)
}

/** `Ann` of `Ann via dev`, `'Ann' via`, `Ann (via dev)` and `Ann [via dev]`; null for a name that was not written over. */
export function viaName(name: string): string | null {
  const at = name.search(/\s+(?:[([]\s*)?(?:via|by way of)(?:\s|$)/i)
  const before = at === -1 ? '' : unquoteName(name.slice(0, at))
  return before === '' ? null : before
}

function originalSenders(fields: readonly HeaderField[]): readonly Mailbox[] {
  return ['x-original-from', 'original-from', 'x-original-sender'].flatMap((name) =>
    mailboxesOf(fields, name),
  )
}

/** As Mailman 3 and some hosts note it. */
function envelopeSender(fields: readonly HeaderField[]): readonly Mailbox[] {
  return [...mailboxesOf(fields, 'x-mailfrom'), ...mailboxesOf(fields, 'x-envelope-from')]
}

/** groups.io puts the sender into its own address: `ann=example.org@groups.io`. */
function rewrittenAddress(from: Mailbox): Mailbox | null {
  const found = /^(?<user>[^@=]+(?:=[^@=]+)*)=(?<host>[^@=]+\.[^@=]+)@[^@]+$/.exec(from.address)
  const { user, host } = found?.groups ?? {}
  return user === undefined || host === undefined ? null : { name: '', address: `${user}@${host}` }
}

/** Whom the first hop of an ARC chain (RFC 8617) saw as the sender, where SPF passed for it. */
function arcSender(fields: readonly HeaderField[]): readonly Mailbox[] {
  return valuesOf(fields, 'arc-authentication-results')
    .filter((value) => /^\s*i\s*=\s*1\s*;/.test(value))
    .flatMap((value) => value.slice(0, maxArcLength).split(';'))
    .filter((result) => /^\s*spf\s*=\s*pass\b/i.test(result))
    .flatMap((result) => /\bsmtp\.mailfrom=("?)([^\s;"@]+@[^\s;"@]+)\1/i.exec(result)?.[2] ?? [])
    .map((address) => ({ name: '', address }))
}

const maxArcLength = 10_000

function unquoteName(name: string): string {
  return name.trim().replace(/^['"]+|['"]+$/g, '')
}

/** Whether it has that name, or, as Mailman calls who has none, an address that begins with it. */
function isNamed({ name, address }: Mailbox, wanted: string): boolean {
  const lower = wanted.toLowerCase()
  const written = unquoteName(name).toLowerCase()
  return (
    wanted !== '' &&
    (written === lower ||
      (written === '' && address.toLowerCase().startsWith(`${lower}@`)) ||
      nameOrder(written) === nameOrder(lower))
  )
}

/** `Doe, John` is `John Doe`. */
function nameOrder(name: string): string {
  return name.replace(/^([^,]+),\s*([^,]+)$/, '$2 $1')
}

function sameAddress(one: Mailbox, other: Mailbox): boolean {
  return one.address.toLowerCase() === other.address.toLowerCase()
}

function isListAddress(mailbox: Mailbox, from: Mailbox, fields: readonly HeaderField[]): boolean {
  return sameAddress(mailbox, from) || isPostAddress(mailbox, fields)
}

/** Whether mail to it goes to the list, by List-Post or by the id of the list: `dev@lists` and `dev.lists`. */
function isPostAddress({ address }: Mailbox, fields: readonly HeaderField[]): boolean {
  const lower = address.toLowerCase()
  const posts = valuesOf(fields, 'list-post').join(' ').toLowerCase()
  return (
    posts.includes(`mailto:${lower}>`) ||
    posts.includes(`mailto:${lower}?`) ||
    readListIds(fields).some((id) => id === lower.replace('@', '.'))
  )
}

function mailboxesOf(fields: readonly HeaderField[], name: string): readonly Mailbox[] {
  return valuesOf(fields, name).flatMap(parseAddresses)
}

/** The sender that a From value names. */
export function senderOf(fields: readonly HeaderField[]): Mailbox {
  return parseSender(valuesOf(fields, 'from').at(-1) ?? '')
}
