import { hash } from 'node:crypto'

declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** RFC 5322 Message-ID without the angle brackets. */
export type MessageId = Brand<string, 'MessageId'>
/** Full object name, 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Sha = Brand<string, 'Sha'>
/** Fully qualified ref such as `refs/heads/series/fix-leak-1a2b3c4d5e6f`. */
export type RefName = Brand<string, 'RefName'>
/** First 12 hex digits of the sha256 of a Message-ID: see `toTopicId`. */
export type TopicId = Brand<string, 'TopicId'>

/** Throws TypeError when `value` is not 40 or 64 lower-case hex digits. */
export function toSha(value: string): Sha {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) {
    throw new TypeError(`not a full object name: ${value}`)
  }
  return value as Sha
}

/** Takes a Message-ID with or without its angle brackets. */
export function toMessageId(value: string): MessageId {
  return value.trim().replace(/^<|>$/g, '') as MessageId
}

/** The id of the topic whose earliest version has this cover, or this first patch where it has no cover. */
export function toTopicId(messageId: MessageId): TopicId {
  return hash('sha256', messageId).slice(0, 12) as TopicId
}
