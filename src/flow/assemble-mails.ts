import type { MessageId } from '../core/ids.ts'
import type { OutboxRecord } from '../core/records.ts'
import type { Job } from '../store/store.ts'
import { assembleThreadOf } from './assemble-thread.ts'
import { readCorrections, unitedThread } from './corrections.ts'
import { noteOwnMail, unseenOwnMails } from './note-own-mail.ts'
import type { FlowPorts } from './ports.ts'

/** One transaction takes no more threads after so many mails: it holds the event loop, and the store. */
const mailsAtOnce = 400

/**
 * Derives the series of the threads that these jobs name, and ends the jobs, in one transaction, or several where
 * threads are large: each commit costs an fsync, and most threads are small. A thread with a mail of ours that nobody
 * knew to be on the list waits for the journal, which no transaction may wait for.
 */
export async function assembleMails(
  jobs: readonly Job[],
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  for (let left = jobs; left.length > 0; ) {
    const own: OutboxRecord[] = []
    const waiting: Job[] = []
    await ports.store.transaction(async (tx) => {
      const assembled = new Set<MessageId>()
      const words = await readCorrections(tx)
      let mails = 0
      for (const job of left) {
        if (mails >= mailsAtOnce) {
          waiting.push(job)
          continue
        }
        const key = job.key as MessageId
        // Mails that refer to different ones may be of one thread all the same.
        const thread = assembled.has(key) ? [] : await unitedThread(key, words.places, tx)
        const unseen = await unseenOwnMails(thread, ports, tx)
        if (unseen.length > 0) {
          own.push(...unseen)
          waiting.push(job)
          continue
        }
        if (thread.length > 0) {
          await assembleThreadOf(key, thread, words, ports, tx)
        }
        mails += thread.length
        for (const { message } of thread) {
          assembled.add(message.messageId)
        }
        await tx.complete(job)
      }
    })
    for (const entry of own) {
      await noteOwnMail(entry, ports, signal)
    }
    left = waiting
  }
}
