import type { DecisionEntry, SentEntry } from '../core/journal-entry.ts'

/**
 * What no mail says: what we sent and what people decided. A small bare repository beside the archive.
 * Entries may be written twice after a crash; readers fold them by their content.
 */
export interface Journal {
  /** Durable when it resolves. */
  recordSent(entry: SentEntry, signal: AbortSignal): Promise<void>
  /** Durable when it resolves. */
  recordDecision(entry: DecisionEntry, signal: AbortSignal): Promise<void>
  /** Oldest first. */
  sent(signal: AbortSignal): AsyncIterable<SentEntry>
  /** The newest entry of this key, and after `since`; null where there is none. Costs what was written since. */
  lastSent(key: string, signal: AbortSignal, since?: Date): Promise<SentEntry | null>
  /** Oldest first. */
  decisions(signal: AbortSignal): AsyncIterable<DecisionEntry>
  close(): Promise<void>
}
