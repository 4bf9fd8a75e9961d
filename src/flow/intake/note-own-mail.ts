import type { OutboxRecord, OutboxState, StoredMessage } from '../../core/records.ts'
import type { StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { sentEntry } from '../report/sent-record.ts'

/** Sent, and not seen on the list yet. */
const unseen: readonly OutboxState[] = ['sending', 'handed-over', 'unknown']

/** Our own mails in this thread that came back by a source, which the outbox does not know yet. */
export async function unseenOwnMails(
  thread: readonly StoredMessage[],
  ports: Pick<FlowPorts, 'bot'>,
  reader: StoreReader,
): Promise<readonly OutboxRecord[]> {
  const ours = ports.bot.address.toLowerCase()
  const entries: OutboxRecord[] = []
  for (const { message } of thread) {
    if (message.from.address.toLowerCase() === ours) {
      const entry = await reader.outboxByMessageId(message.messageId)
      entries.push(...(entry !== null && unseen.includes(entry.state) ? [entry] : []))
    }
  }
  return entries
}

/** A mail of ours that came back by a source has been seen on the list: journal first, then the outbox. */
export async function noteOwnMail(
  entry: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const at = ports.clock()
  const note = 'came back by a source'
  await ports.journal.recordSent(sentEntry(entry, 'seen', note, at), signal)
  await ports.store.transaction((tx) => tx.moveOutbox(entry.key, unseen, 'seen', note, at))
}
