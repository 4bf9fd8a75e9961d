import type { Mailbox } from '../../core/message.ts'
import type { Bounce, BouncedRecipient } from '../../core/report/bounce.ts'
import { parseAddresses } from './addresses.ts'
import { readable } from './body-text.ts'
import { withoutCr } from './byte-text.ts'
import { headerText } from './encoded-words.ts'
import { type HeaderField, lastValueOf, readFields, valuesOf } from './header-block.ts'
import { mailLimits } from './limits.ts'
import type { MailPart } from './mime-parts.ts'
import { senderOf } from './submitter.ts'

/** Of a long text only the beginning is looked at: bounces say at once what they are. */
const textLength = 32_000
const reasonLength = 300

/** Fields in which the address stands that a mail was delivered to; not every server leaves it in To. */
const destinations = ['to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to']

const statusForm = /\b(?<status>[245]\.\d{1,3}\.\d{1,3})\b/

/**
 * What a bounce says; null for a mail that is none, such as an answer from somebody on holiday, or a list's word that a
 * mail waits for its moderator. Read are RFC 3464 (and 6533), qmail's format (QSBMF), `X-Failed-Recipients` (Exim,
 * Gmail), and in other mails of a mail system that say so in their subject the addresses of their text.
 */
export function readBounce(
  fields: readonly HeaderField[],
  parts: readonly MailPart[],
  text: string,
): Bounce | null {
  const recipients = (readStatus(parts) ?? readFreeForm(fields, text) ?? []).slice(
    0,
    mailLimits.addresses,
  )
  if (recipients.length === 0) {
    return null
  }
  const sentTo = destinations
    .flatMap((name) => valuesOf(fields, name))
    .flatMap(parseAddresses)
    .map(({ address }) => address)
  return { sentTo: [...new Set(sentTo)].slice(0, mailLimits.addresses), recipients }
}

/** Whether a mail system wrote it, by its sender. */
export function isFromMailSystem({ address, name }: Mailbox): boolean {
  return address === ''
    ? /^mailer-daemon\b/i.test(name)
    : /^(?:mailer-daemon|postmaster|mdaemon)@/i.test(address)
}

/** The recipients of a delivery status notification; null where there is none. */
function readStatus(parts: readonly MailPart[]): readonly BouncedRecipient[] | null {
  const part = parts.find(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type))
  if (part === undefined) {
    return null
  }
  const groups = withoutCr(part.content)
    .split(/\n[ \t]*\n+/)
    .slice(0, mailLimits.addresses)
    .map((group) => readFields(group.replace(/^\n+/, ''), 0).fields)
  return groups.flatMap((group) => statusOf(group) ?? [])
}

const outcomes: Readonly<Record<string, BouncedRecipient['outcome']>> = {
  failed: 'failed',
  delayed: 'delayed',
  delivered: 'delivered',
  relayed: 'delivered',
  expanded: 'delivered',
}

/** One group of per-recipient fields, RFC 3464 2.3. */
function statusOf(fields: readonly HeaderField[]): BouncedRecipient | null {
  const addresses = ['original-recipient', 'final-recipient']
    .map((name) => lastValueOf(fields, name) ?? '')
    .map((value) => plainAddress(readable(value.replace(/^[^;]*;/, ''))))
    .filter((address) => address.includes('@'))
  const action = (lastValueOf(fields, 'action') ?? '').trim().toLowerCase()
  const outcome = outcomes[/^[a-z]+/.exec(action)?.[0] ?? '']
  if (addresses.length === 0 || outcome === undefined) {
    return null
  }
  const said = readable((lastValueOf(fields, 'diagnostic-code') ?? '').replace(/^[^;]*;/, ''))
  const status = lastValueOf(fields, 'status') ?? ''
  return {
    addresses: [...new Set(addresses)],
    outcome,
    status: statusForm.exec(status)?.groups?.['status'] ?? null,
    reason: oneLine(said),
  }
}

const copyOfOriginal =
  /^(?:-{2,} ?(?:Below this line|Original message|This is a copy|The header|Unsent|Message header)|------ This is a copy|Received: |Return-Path: |Message-I[Dd]: )/m

function readFreeForm(
  fields: readonly HeaderField[],
  text: string,
): readonly BouncedRecipient[] | null {
  const beginning = text.slice(0, textLength)
  const own = beginning.slice(0, copyOfOriginal.exec(beginning)?.index ?? textLength)
  const subject = headerText(lastValueOf(fields, 'subject') ?? '')
  const failed = valuesOf(fields, 'x-failed-recipients').flatMap(parseAddresses)
  const isOfMailSystem = isFromMailSystem(senderOf(fields))
  if (/^Hi\. This is the /m.test(own) && isOfMailSystem) {
    return readQmail(own)
  }
  if (!isOfMailSystem && failed.length === 0) {
    return null
  }
  const isDelayed =
    /\b(?:delay|delayed|warning|still trying)\b/i.test(subject) ||
    /\b(?:will (?:continue|keep|try)|has not (?:yet )?been delivered|not yet been delivered)\b/i.test(
      own.slice(0, 2_000),
    )
  const outcome = isDelayed ? 'delayed' : 'failed'
  if (failed.length > 0) {
    return failed.map(({ address }) => inText(plainAddress(address), own, outcome))
  }
  const isFailure =
    /undeliver|non-?deliver|returned mail|returned to sender|delivery (?:status|failure|has failed|error)|failure notice|mail delivery failed|could ?n[o']t be delivered/i.test(
      subject,
    )
  return isFailure || isDelayed
    ? addressesIn(own).map((address) => inText(address, own, outcome))
    : null
}

/** QSBMF: after the first paragraph one for each recipient, which begins with `<address>:`. */
function readQmail(text: string): readonly BouncedRecipient[] {
  return text.split(/\n[ \t]*\n/).flatMap((paragraph) => {
    const found = /^\s*<(?<address>[^<>\s]+)>:[ \t]*(?<reason>[^]*)$/.exec(paragraph)?.groups
    const address = plainAddress(found?.['address'] ?? '')
    const reason = found?.['reason'] ?? ''
    return address.includes('@') ? [failure(address, reason, 'failed')] : []
  })
}

/** What the text says behind an address, up to the next one. */
function inText(
  address: string,
  text: string,
  outcome: BouncedRecipient['outcome'],
): BouncedRecipient {
  const at = text.toLowerCase().indexOf(address.toLowerCase())
  const rest = at === -1 ? '' : text.slice(at + address.length).replace(/^[>:"')\s]+/, '')
  return failure(address, rest.split(/\n[ \t]*\n/)[0] ?? '', outcome)
}

function failure(
  address: string,
  reason: string,
  outcome: BouncedRecipient['outcome'],
): BouncedRecipient {
  const status =
    statusForm.exec(reason)?.groups?.['status'] ??
    /\b(?<status>[45])\d\d[ -]/.exec(reason)?.groups?.['status']?.concat('.0.0')
  return { addresses: [address], outcome, status: status ?? null, reason: oneLine(reason) }
}

function addressesIn(text: string): readonly string[] {
  const found = text.match(/[^\s<>()[\]",;:@]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/g) ?? []
  return [...new Set(found.map(plainAddress))]
}

function plainAddress(text: string): string {
  return text.trim().replace(/^<|>$/g, '').slice(0, mailLimits.nameLength)
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, reasonLength)
    .replace(/[\ud800-\udbff]$/, '')
}
