import type { Mailbox, ReplyWishes } from '../message.ts'
import type { Audience, MailingList, ReportKind, ReportPolicy } from '../project.ts'
import { isAnswerable } from './mailable.ts'
import { isOtherBot } from './other-bots.ts'

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
  /** What the answered mail says about answers; null where it cannot be read again. */
  readonly wishes: ReplyWishes | null
  /** Patterns of the addresses of other programs. */
  readonly otherBots: readonly string[]
  /** Addresses that bounced too often, in lower case. */
  readonly bouncing: readonly string[]
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
  { submitter, bot, isAutomatic, isRfc, isTaggedSkip, otherBots }: Conversation,
): Quiet | null {
  if (isAutomatic) {
    return quiet('automatic', 'the mail was sent by a program, and those are not answered')
  }
  if (mailboxKey(submitter.address) === mailboxKey(bot.address)) {
    return quiet('own-mail', 'the mail is our own')
  }
  if (isOtherBot(submitter.address, otherBots)) {
    return quiet('other-bot', 'it was sent by another bot, and those are not answered')
  }
  if (policy.skipsRfc && isRfc) {
    return quiet('rfc', 'the policy tells nobody of an RFC')
  }
  return policy.heedsCiTag && isTaggedSkip
    ? quiet('ci-tag', 'its author marked it `CI-tag: skip`')
    : null
}

/** Whom the author wants answers on the list to go to (`Mail-Followup-To`); null where it is not said. */
function followUpOf({ wishes }: Conversation): readonly Mailbox[] | null {
  return wishes === null || wishes.followUpTo.length === 0 ? null : wishes.followUpTo
}

/**
 * Where the author reads answers: at `Reply-To`, but for what list software wrote there, else at From. On the list nowhere,
 * where the author wants answers to go to others alone.
 */
function answeredAt(conversation: Conversation, audience: Audience): readonly Mailbox[] {
  const { submitter, wishes, list, to, cc } = conversation
  const followUp = audience === 'author-and-list' ? followUpOf(conversation) : null
  const own = mailboxKey(submitter.address)
  if (followUp !== null && !followUp.some(({ address }) => mailboxKey(address) === own)) {
    return []
  }
  const others = new Set([list, ...to, ...cc].map(({ address }) => mailboxKey(address)))
  const named = wishes?.replyTo.filter(({ address }) => !others.has(mailboxKey(address))) ?? []
  return named.length > 0 ? named : [submitter]
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
  const { submitter, list, bot, wishes } = conversation
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
  const taken = new Set([bot.address, ...(list.formerAddresses ?? [])].map(mailboxKey))
  function pick(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
    return mailboxes.filter(({ address }) => {
      const key = mailboxKey(address)
      const isWelcome =
        isAnswerable(address) &&
        !isOtherBot(address, conversation.otherBots) &&
        !conversation.bouncing.includes(address.toLowerCase())
      if (!isWelcome || silent.has(key) || taken.has(key)) {
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
  const author = silent.has(mailboxKey(submitter.address))
    ? []
    : pickPeople(answeredAt(conversation, audience))
  if (audience === 'author') {
    if (author.length > 0) {
      return { outcome: 'send', audience, to: author, cc: [] }
    }
    return policy.needsOptIn && !silent.has(mailboxKey(submitter.address))
      ? quiet('not-opted-in', 'the submitter has not asked for reports')
      : quiet('opted-out', 'the submitter wants no reports, or has no address to write to')
  }
  const listed = wishes?.isListClosed === true ? [] : pick([{ name: '', address: list.address }])
  const others = pickPeople(followUpOf(conversation) ?? [...conversation.to, ...conversation.cc])
  const cc = others.length > mostRecipients ? listed : [...listed, ...others]
  if (author.length > 0) {
    return { outcome: 'send', audience, to: author, cc }
  }
  return cc.length === 0
    ? quiet('opted-out', 'everybody in the thread opted out')
    : { outcome: 'send', audience, to: cc, cc: [] }
}
