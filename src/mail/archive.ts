import type {
  ArchivedDelivery,
  ArchiveEntry,
  ArchivePosition,
  NewDelivery,
} from '../core/delivery.ts'
import type { Sha } from '../core/ids.ts'

/**
 * The raw mails, in a public-inbox v2 folder (`git/N.git`, one message per commit, file `m`).
 * Several processes may append at once.
 */
export interface Archive {
  /**
   * Durable when it resolves: objects, then ref, fsynced. `before` is the tip that the first of them
   * was put on, null where the archive was empty.
   */
  append(
    deliveries: readonly NewDelivery[],
    signal: AbortSignal,
  ): Promise<{ readonly before: ArchivePosition | null; readonly entries: readonly ArchiveEntry[] }>
  /** The newest entry; null when the archive is empty. */
  tip(): Promise<ArchivePosition | null>
  /** Entries after `since`, oldest first, with what their commit messages say. */
  read(
    since: ArchivePosition | null,
    signal: AbortSignal,
  ): AsyncIterable<{ readonly entry: ArchiveEntry; readonly delivery: ArchivedDelivery }>
  /** The raw mails of these blobs, in the order asked for. Throws MAIL_ARCHIVE_MISSING. */
  rawMails(
    entries: readonly { readonly position: ArchivePosition; readonly blob: Sha }[],
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]>
  /** The blob name these bytes have, without writing anything. */
  blobOf(raw: Uint8Array): Sha
  close(): Promise<void>
}
