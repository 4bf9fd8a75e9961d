import type { Cursor, Delivery } from '../core/delivery.ts'

export interface MailSource {
  /** Stable: cursors and deliveries are stored under it. */
  readonly name: string
  /** Yields mail after `since` in arrival order and ends when caught up. */
  read(since: Cursor | null, signal: AbortSignal): AsyncIterable<Delivery>
  /** Called once a cursor is durable: a Maildir moves what it yielded from new to cur. */
  settle(cursor: Cursor, signal: AbortSignal): Promise<void>
  /** Resolves when new mail may be there: IDLE, a file watch or the poll interval. Resolves on abort too. */
  wait(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
