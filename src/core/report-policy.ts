import { isMailable } from './mailable.ts'
import type { Mailbox } from './message.ts'
import type { Audience, MailingList, ReportKind, ReportPolicy } from './project.ts'

export interface Addressed {
  readonly outcome: 'send'
  readonly audience: Exclude<Audience, 'nobody'>
  /** Never empty. */
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
}

/** Who a report goes to, or why it goes to no one. */
export type Addressing = Addressed | { readonly outcome: 'quiet'; readonly why: string }

/** The mail that is answered, and the people around it. */
export interface Conversation {
  readonly submitter: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  /** The subject says RFC. */
  readonly isRfc: boolean
  /** No person wrote the answered mail. */
  readonly isAutomatic: boolean
  readonly list: MailingList
  /** The bot's own address. */
  readonly bot: Mailbox
  /** Addresses that asked for no reports. */
  readonly optedOut: readonly string[]
}

/** More recipients than this and only submitter and list are written to: a mail must not turn us on a crowd. */
export const mostRecipients = 60

/** Lower case, without the `+detail` of the local part: two addresses of one person have the same. */
export function mailboxKey(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/\+[^@]*(?=@)/, '')
}

/**
 * Applies a project's policy to one report. Silent for automatic mail (RFC 3834) and for our own; nobody who was
 * not in the thread is written to, but for configured maintainers and the list itself.
 */
export function addressReport(
  kind: ReportKind,
  policy: ReportPolicy,
  conversation: Conversation,
): Addressing {
  const { submitter, list, bot } = conversation
  const audience = policy.audience[kind]
  if (audience === 'nobody') {
    return { outcome: 'quiet', why: `the policy tells nobody of ${kind}` }
  }
  if (conversation.isAutomatic) {
    return { outcome: 'quiet', why: 'the mail was sent by a program, and those are not answered' }
  }
  if (mailboxKey(submitter.address) === mailboxKey(bot.address)) {
    return { outcome: 'quiet', why: 'the mail is our own' }
  }
  const silent = new Set(conversation.optedOut.map(mailboxKey))
  const taken = new Set([mailboxKey(bot.address)])
  function pick(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
    return mailboxes.filter(({ address }) => {
      const key = mailboxKey(address)
      if (!isMailable(address) || silent.has(key) || taken.has(key)) {
        return false
      }
      taken.add(key)
      return true
    })
  }

  if (policy.skipsRfc && conversation.isRfc) {
    return { outcome: 'quiet', why: 'the policy tells nobody of an RFC' }
  }
  if (audience === 'results') {
    const to = policy.results === null ? [] : pick([policy.results])
    return to.length === 0
      ? { outcome: 'quiet', why: 'no list for results is configured that wants them' }
      : { outcome: 'send', audience, to, cc: [] }
  }
  if (audience === 'maintainers') {
    const to = pick(policy.maintainers)
    return to.length === 0
      ? { outcome: 'quiet', why: 'no maintainer is configured who wants reports' }
      : { outcome: 'send', audience, to, cc: [] }
  }
  const author = pick([submitter])
  if (audience === 'author') {
    return author.length === 0
      ? { outcome: 'quiet', why: 'the submitter wants no reports, or has no address to write to' }
      : { outcome: 'send', audience, to: author, cc: [] }
  }
  const listed = pick([{ name: '', address: list.address }])
  const others = pick([...conversation.to, ...conversation.cc])
  const cc = others.length > mostRecipients ? listed : [...listed, ...others]
  if (author.length > 0) {
    return { outcome: 'send', audience, to: author, cc }
  }
  return cc.length === 0
    ? { outcome: 'quiet', why: 'everybody in the thread opted out' }
    : { outcome: 'send', audience, to: cc, cc: [] }
}
