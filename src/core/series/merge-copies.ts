import type { MessageId } from '../ids.ts'
import type { Message } from '../message.ts'

/**
 * A mail with what a further copy of it says it answers: of each header field the longer list counts, of two that are
 * as long the first by text. So it is one result in whatever order copies arrive, and none that lost a field wins.
 * The same object where the copy adds nothing.
 */
export function withReferencesOf(
  message: Message,
  copy: Pick<Message, 'inReplyTo' | 'references'>,
): Message {
  const inReplyTo = fuller(message.inReplyTo, copy.inReplyTo)
  const references = fuller(message.references, copy.references)
  return inReplyTo === message.inReplyTo && references === message.references
    ? message
    : { ...message, inReplyTo, references }
}

function fuller(one: readonly MessageId[], other: readonly MessageId[]): readonly MessageId[] {
  if (one.length !== other.length) {
    return one.length > other.length ? one : other
  }
  // No Message-ID has a newline in it.
  return one.join('\n') <= other.join('\n') ? one : other
}
