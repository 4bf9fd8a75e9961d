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

/** Why nobody is told. */
export interface Quiet {
  readonly outcome: 'quiet'
  /** Kebab-case name of the rule, for `explain`. */
  readonly rule: string
  /** A clause that follows `because`. */
  readonly why: string
}

/** Who a report goes to, or why it goes to no one. */
export type Addressing = Addressed | Quiet

/** The mail that is answered, and the people around it. */
export interface Conversation {
  readonly submitter: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  /** The subject says RFC. */
  readonly isRfc: boolean
  /** The author marked what the report is about `CI-tag: skip`. */
  readonly isTaggedSkip: boolean
  /** No person wrote the answered mail. */
  readonly isAutomatic: boolean
  readonly list: MailingList
  /** The bot's own address. */
  readonly bot: Mailbox
  /** Addresses that asked for no reports. */
  readonly optedOut: readonly string[]
  /** Addresses that asked for reports. */
  readonly optedIn: readonly string[]
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

function quiet(rule: string, why: string): Quiet {
  return { outcome: 'quiet', rule, why }
}

/** What the mail itself says: it is of a kind that is not answered, or its author wants no answer. */
function quietByMail(
  policy: ReportPolicy,
  { submitter, bot, isAutomatic, isRfc, isTaggedSkip }: Conversation,
): Quiet | null {
  if (isAutomatic) {
    return quiet('automatic', 'the mail was sent by a program, and those are not answered')
  }
  if (mailboxKey(submitter.address) === mailboxKey(bot.address)) {
    return quiet('own-mail', 'the mail is our own')
  }
  if (policy.skipsRfc && isRfc) {
    return quiet('rfc', 'the policy tells nobody of an RFC')
  }
  return policy.heedsCiTag && isTaggedSkip
    ? quiet('ci-tag', 'its author marked it `CI-tag: skip`')
    : null
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
    return quiet('nobody', `the policy tells nobody of ${kind}`)
  }
  const byMail = quietByMail(policy, conversation)
  if (byMail !== null) {
    return byMail
  }
  const silent = new Set(conversation.optedOut.map(mailboxKey))
  const willing = new Set(conversation.optedIn.map(mailboxKey))
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
  function pickPeople(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
    return pick(
      policy.needsOptIn
        ? mailboxes.filter(({ address }) => willing.has(mailboxKey(address)))
        : mailboxes,
    )
  }

  if (audience === 'results') {
    const to = policy.results === null ? [] : pick([policy.results])
    return to.length === 0
      ? quiet('nobody-left', 'no list for results is configured that wants them')
      : { outcome: 'send', audience, to, cc: [] }
  }
  if (audience === 'maintainers') {
    const to = pick(policy.maintainers)
    return to.length === 0
      ? quiet('nobody-left', 'no maintainer is configured who wants reports')
      : { outcome: 'send', audience, to, cc: [] }
  }
  const author = pickPeople([submitter])
  if (audience === 'author') {
    if (author.length > 0) {
      return { outcome: 'send', audience, to: author, cc: [] }
    }
    return policy.needsOptIn && !silent.has(mailboxKey(submitter.address))
      ? quiet('not-opted-in', 'the submitter has not asked for reports')
      : quiet('opted-out', 'the submitter wants no reports, or has no address to write to')
  }
  const listed = pick([{ name: '', address: list.address }])
  const others = pickPeople([...conversation.to, ...conversation.cc])
  const cc = others.length > mostRecipients ? listed : [...listed, ...others]
  if (author.length > 0) {
    return { outcome: 'send', audience, to: author, cc }
  }
  return cc.length === 0
    ? quiet('opted-out', 'everybody in the thread opted out')
    : { outcome: 'send', audience, to: cc, cc: [] }
}
