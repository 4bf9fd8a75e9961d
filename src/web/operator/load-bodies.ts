import type { MessageId } from '../../core/ids.ts'
import type { MailBodies, MailText } from '../ports.ts'

/** The texts of some mails: null where a mail is gone, left out where the page would grow too large. */
export type BodyShelf = ReadonlyMap<MessageId, MailText | null>

/** Reads mails in order until their texts are more than `limitCharacters` together; the first is always there. */
export async function loadBodies(
  bodies: MailBodies,
  messageIds: readonly MessageId[],
  limitCharacters: number,
  signal: AbortSignal,
): Promise<BodyShelf> {
  const shelf = new Map<MessageId, MailText | null>()
  let size = 0
  for (const messageId of messageIds) {
    const body = await bodies.body(messageId, signal)
    size += body === null ? 0 : body.diff.length + body.text.length
    if (size > limitCharacters && shelf.size > 0) {
      return shelf
    }
    shelf.set(messageId, body)
  }
  return shelf
}
