import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'

/** The mails above one mail, nearest first; not those above a mail that `isEnd`. */
export type Ancestors = (message: Message, isEnd?: (found: Message) => boolean) => Iterable<Message>

/** Ids a mail refers to, nearest first: In-Reply-To, then References from the last to the first. */
export function referredIds(message: Message): readonly MessageId[] {
  return [...new Set([...message.inReplyTo, ...message.references.toReversed()])].filter(
    (id) => id !== message.messageId,
  )
}

/**
 * Looks ancestors up among the mails of one thread: first those that a mail itself names, then those that these name,
 * and so on, so that a chain of bare In-Reply-To headers is followed as well as a full References header.
 */
export function ancestorsIn(thread: readonly Message[]): Ancestors {
  const known = new Map(thread.map((message) => [message.messageId, message]))
  const named = new Map<Message, readonly Message[]>()

  /** Those of the thread that it names itself; asked again and again, for each mail below. */
  function namedBy(message: Message): readonly Message[] {
    const before = named.get(message)
    if (before !== undefined) {
      return before
    }
    const found = referredIds(message).flatMap((id) => known.get(id) ?? [])
    named.set(message, found)
    return found
  }

  return function* climb(message, isEnd) {
    const seen = new Set([message.messageId])
    const queue = [message]
    for (const next of queue) {
      for (const found of namedBy(next)) {
        if (!seen.has(found.messageId)) {
          seen.add(found.messageId)
          if (isEnd?.(found) !== true) {
            queue.push(found)
          }
          yield found
        }
      }
    }
  }
}
