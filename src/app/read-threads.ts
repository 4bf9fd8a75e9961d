import type { MessageId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Unreadable } from '../core/quarantine.ts'
import { assembleThread } from '../core/series/assemble-thread.ts'
import { withCarriedTrailers } from '../core/series/carry-trailers.ts'
import { withReferencesOf } from '../core/series/merge-copies.ts'
import {
  type LinkedSeries,
  noCorrections,
  type OtherMail,
  ownMails,
} from '../core/series/series.ts'
import { threadComponents } from '../core/series/thread.ts'
import { linkTopics } from '../core/topic/link-topics.ts'
import type { CollectedMail as Found } from '../mail/collection/collected-mail.ts'
import { readDespiteDamage, readMailCollection } from '../mail/collection/read-collection.ts'
import { parseMail } from '../mail/parse/parse-mail.ts'
import type { Terminal } from './terminal.ts'

/** One mail of a collection, as far as series are concerned. */
export interface CollectedMail {
  readonly message: Message
  readonly location: string
  /** Position in the collection. */
  readonly order: number
}

export interface Threads {
  /** In the order of their first mail in the collection. */
  readonly series: readonly LinkedSeries[]
  readonly others: readonly { readonly other: OtherMail; readonly source: string }[]
  /** Paths that could not be read to their end, and why; among `others`, too. Empty unless damage was to be passed over. */
  readonly faults: readonly string[]
}

export interface CollectOptions {
  /** Called for each mail that is kept, with its bytes. */
  onMail(mail: CollectedMail, raw: Uint8Array): void
  /** A path that is damaged is read as far as it goes, and told among `others`. */
  readonly despiteDamage?: boolean
}

/** Of a further copy only its references may be new; another patch under the same Message-ID is said on the first. */
function noteCopy(
  mails: Map<MessageId, CollectedMail>,
  first: CollectedMail,
  message: Message,
  location: string,
): void {
  const isSame = first.message.patch?.contentHash === message.patch?.contentHash
  if (message.patch === null || isSame) {
    const merged = withReferencesOf(first.message, message)
    mails.set(message.messageId, { ...first, message: merged })
    return
  }
  const problem = {
    code: 'message-id-reused',
    message: `another patch has the same Message-ID: ${location}`,
  }
  const problems = [...first.message.problems, problem]
  mails.set(message.messageId, { ...first, message: { ...first.message, problems } })
}

type ReadMail =
  | { readonly outcome: 'message'; readonly message: Message; readonly raw: Uint8Array }
  | { readonly outcome: 'unreadable'; readonly reason: Unreadable }

function read(found: Found): ReadMail {
  if (found.outcome === 'unreadable') {
    return found
  }
  const parsed = parseMail(found.raw)
  return parsed.outcome === 'unreadable'
    ? parsed
    : { outcome: 'message', message: parsed.message, raw: parsed.body.repaired ?? found.raw }
}

/**
 * The series in all mails under `paths`, read as one collection; the same Message-ID counts once, the first copy.
 * `onMail` gets each mail as git is to read it.
 * Throws MAIL_PATH_*.
 */
export async function readThreads(
  paths: readonly string[],
  terminal: Terminal,
  onMail: CollectOptions['onMail'] = () => undefined,
  { despiteDamage = false }: Pick<CollectOptions, 'despiteDamage'> = {},
): Promise<Threads> {
  const mails = new Map<MessageId, CollectedMail>()
  const others: { other: OtherMail; source: string }[] = []
  const faults: string[] = []
  const readAll = despiteDamage ? readDespiteDamage : readMailCollection
  let order = 0
  for await (const item of readAll(paths, terminal.stdin, terminal.draining)) {
    order += 1
    const found = read(item)
    const first = found.outcome === 'message' ? mails.get(found.message.messageId) : undefined
    if (found.outcome === 'unreadable') {
      const { code, message } = found.reason
      if (/^MAIL_PATH_[A-Z]/.test(code)) {
        faults.push(`${code}: ${message}`)
      }
      others.push({
        other: { messageId: null, kind: 'unreadable', reason: `${code}: ${message}` },
        source: item.location,
      })
    } else if (first !== undefined) {
      noteCopy(mails, first, found.message, item.location)
    } else {
      const mail = { message: found.message, location: item.location, order }
      mails.set(found.message.messageId, mail)
      onMail(mail, found.raw)
    }
  }
  const messages = [...mails.values()].map(({ message }) => message)
  const series = []
  for (const thread of threadComponents(messages)) {
    const assembled = assembleThread(thread, noCorrections, { quietMs: 0, now: null })
    series.push(...assembled.series)
    for (const other of assembled.others) {
      const found = other.messageId === null ? undefined : mails.get(other.messageId)
      others.push({ other, source: found?.location ?? '' })
    }
  }
  const linked = withCarriedTrailers(linkTopics(series, () => null, noCorrections))
  function firstOrder(one: LinkedSeries): number {
    return Math.min(...ownMails(one.series).map((id) => mails.get(id)?.order ?? order))
  }
  return {
    series: linked.toSorted((a, b) => firstOrder(a) - firstOrder(b)),
    others,
    faults,
  }
}
