import type { MessageId } from '../core/ids.ts'

/** Where bounces of our mails go (RFC 5321: the reverse-path): an address of its own for each mail. */
export interface ReturnPaths {
  /** The sender of this mail's envelope; the same at every try. */
  of(messageId: MessageId): string
  /**
   * The beginning of the Message-ID of that mail of ours for which this address was made; null for one that we never
   * made, such as a guessed one.
   */
  read(address: string): string | null
}
