import { toJson } from './clean-json.ts'
import type { Message } from './message.ts'
import { looseKey } from './series/loose-join.ts'

/** A message as it is stored: what it is found by, and all of it as JSON. Cheap to hand to another thread. */
export interface StorableMessage
  extends Pick<Message, 'messageId' | 'inReplyTo' | 'references' | 'sentAt' | 'receivedAt'> {
  /** Of its patch; null where it has none. */
  readonly contentHash: string | null
  readonly looseKey: string | null
  /** Times are epoch milliseconds. */
  readonly facts: string
}

export function toStorable(message: Message): StorableMessage {
  const { messageId, inReplyTo, references, sentAt, receivedAt } = message
  return {
    messageId,
    inReplyTo,
    references,
    sentAt,
    receivedAt,
    contentHash: message.patch?.contentHash ?? null,
    looseKey: looseKey(message),
    facts: messageToJson(message),
  }
}

type Stored = Omit<Message, 'sentAt' | 'receivedAt'> & {
  readonly sentAt: number | null
  readonly receivedAt: number | null
}

export function messageToJson(message: Message): string {
  const { sentAt, receivedAt } = message
  const stored: Stored = {
    ...message,
    sentAt: sentAt?.getTime() ?? null,
    receivedAt: receivedAt?.getTime() ?? null,
  }
  return toJson(stored)
}

export function messageFromJson(json: string): Message {
  const stored = JSON.parse(json) as Stored
  return { ...stored, sentAt: toDate(stored.sentAt), receivedAt: toDate(stored.receivedAt) }
}

function toDate(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}
