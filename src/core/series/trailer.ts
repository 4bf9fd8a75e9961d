import type { MessageId } from '../ids.ts'

/** `Key: value` at the end of a commit message or of a reply. */
export interface Trailer {
  readonly key: string
  readonly value: string
}

/** A trailer given in a reply. */
export interface GivenTrailer extends Trailer {
  /** The reply that gave it. */
  readonly messageId: MessageId
}
