import { disjointSets } from '../disjoint-sets.ts'
import { groupBy } from '../group-by.ts'
import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'
import { defaultLooseGapMs, looseKey, looseTime } from './loose-join.ts'
import { compareMessages } from './message-order.ts'

/** Pairs of neighbours among the mails that nothing but `looseKey` and time holds together. */
function looseNeighbours(
  messages: readonly Message[],
  looseGapMs: number,
): readonly (readonly [Message, Message])[] {
  const byKey = groupBy(messages, looseKey)
  return [...byKey].flatMap(([key, alike]) => {
    const inTime = key === null ? [] : alike.toSorted(compareMessages)
    return inTime.slice(1).flatMap((next, at): readonly (readonly [Message, Message])[] => {
      const before = inTime[at]
      const isNear = before !== undefined && looseTime(next) - looseTime(before) <= looseGapMs
      return isNear ? [[before, next]] : []
    })
  })
}

/**
 * The threads among `messages`: mails joined by any id that both name or that one of them is, whether or not somebody
 * sent it, mails without references joined by `looseKey` to neighbours at most `looseGapMs` away, and those that a
 * person placed together (`placesOf`). Each thread, and the list of them, is in the order of date, then Message-ID.
 */
export function threadComponents(
  messages: readonly Message[],
  looseGapMs: number = defaultLooseGapMs,
  places: ReadonlyMap<MessageId, MessageId> = new Map(),
): readonly (readonly Message[])[] {
  const sets = disjointSets<MessageId>()
  for (const message of messages) {
    for (const id of [...message.inReplyTo, ...message.references]) {
      sets.join(message.messageId, id)
    }
  }
  for (const [mail, to] of places) {
    sets.join(mail, to)
  }
  for (const [one, other] of looseNeighbours(messages, looseGapMs)) {
    sets.join(one.messageId, other.messageId)
  }
  const inOrder = messages.toSorted(compareMessages)
  return [...groupBy(inOrder, (message) => sets.find(message.messageId)).values()]
}
