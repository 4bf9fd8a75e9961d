import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import { type Ancestors, referredIds } from './ancestors.ts'
import type { SeriesGroup } from './gather-series.ts'
import { readSubject } from './subject.ts'

/** A reply names its thread in References, or few mails above it do. */
const climbedMails = 50

/** Ids that a reply refers to, itself or through the mails above it, and that nobody has. */
function absentIds(
  reply: Message,
  known: ReadonlySet<MessageId>,
  ancestors: Ancestors,
): readonly MessageId[] {
  const climbed = [reply]
  for (const above of ancestors(reply)) {
    if (climbed.length === climbedMails) {
      break
    }
    climbed.push(above)
  }
  return [...new Set(climbed.flatMap(referredIds))].filter((id) => !known.has(id))
}

/** Whether every patch of the series refers to that id, itself or through the mails above it. */
function allReferTo(id: MessageId, { patches }: SeriesGroup, ancestors: Ancestors): boolean {
  const referring = new Set<MessageId>()
  function refers(message: Message): boolean {
    return referring.has(message.messageId) || referredIds(message).includes(id)
  }
  return patches.every(({ message }) => {
    if (!refers(message)) {
      // What lies above a mail that is known to refer to it need not be climbed again.
      const above = ancestors(message, refers)
      if (!some(above, refers)) {
        return false
      }
    }
    referring.add(message.messageId)
    return true
  })
}

function some(mails: Iterable<Message>, test: (mail: Message) => boolean): boolean {
  for (const mail of mails) {
    if (test(mail)) {
      return true
    }
  }
  return false
}

/**
 * The replies to covers that never arrived, by the series that they speak of: their subject names the cover (`Re:
 * [PATCH v2 0/3]`) of just that version and total, and they refer to a mail that all of its patches refer to and
 * that is not here. As in b4 such a reply is one to all patches.
 */
export function repliesToMissingCovers(
  coverless: readonly SeriesGroup[],
  unplaced: readonly Message[],
  known: ReadonlySet<MessageId>,
  ancestors: Ancestors,
): ReadonlyMap<SeriesGroup, readonly Message[]> {
  const found = new Map<SeriesGroup, Message[]>()
  for (const message of unplaced) {
    const { isReply, number, total, version, minor } = readSubject(message.subject)
    const meant = coverless.filter(({ patches: [first] }) => {
      const stated = first?.subject
      return first?.total === total && stated?.version === version && stated.minor === minor
    })
    if (isReply && number === 0 && meant.length > 0) {
      const ids = absentIds(message, known, ancestors)
      const answered = meant.filter((group) => ids.some((id) => allReferTo(id, group, ancestors)))
      const [only, other] = answered
      if (only !== undefined && other === undefined) {
        found.set(only, [...(found.get(only) ?? []), message])
      }
    }
  }
  return found
}
