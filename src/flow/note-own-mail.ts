import type { MessageId } from '../core/ids.ts'
import type { FlowPorts } from './ports.ts'
import { sentEntry } from './sent-record.ts'

/** Our own mails that came back by a source have been seen on the list: journal first, then the outbox. */
export async function noteOwnMail(
  key: MessageId,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const own = await ports.store.read(async (reader) => {
    const thread = await reader.thread(key)
    const ours = thread.filter(
      ({ message }) => message.from.address.toLowerCase() === ports.bot.address.toLowerCase(),
    )
    const entries = await Promise.all(
      ours.map(({ message }) => reader.outboxByMessageId(message.messageId)),
    )
    return entries.filter((entry) => entry !== null)
  })
  for (const entry of own) {
    if (entry.state === 'sending' || entry.state === 'handed-over' || entry.state === 'unknown') {
      const at = ports.clock()
      const note = 'came back by a source'
      await ports.journal.recordSent(sentEntry(entry, 'seen', note, at), signal)
      await ports.store.transaction((tx) =>
        tx.moveOutbox(entry.key, ['sending', 'handed-over', 'unknown'], 'seen', note, at),
      )
    }
  }
}
