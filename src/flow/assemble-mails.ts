import type { MessageId } from '../core/ids.ts'
import type { OutboxRecord } from '../core/records.ts'
import type { Job, StoreTransaction } from '../store/store.ts'
import { type AssemblyPorts, assembleThreadOf } from './assemble-thread.ts'
import { readCorrections, unitedThread } from './corrections.ts'
import { noteOwnMail, unseenOwnMails } from './note-own-mail.ts'
import type { FlowPorts } from './ports.ts'

/** One transaction takes no more threads after so many mails: it holds the event loop, and the store. */
const mailsAtOnce = 400

interface Assembled<T> {
  readonly done: readonly T[]
  /** Threads with these mails of ours, which nobody knew to be on the list, wait for the journal. */
  readonly waiting: readonly T[]
  readonly own: readonly OutboxRecord[]
  /** What the transaction had no time for. */
  readonly left: readonly T[]
}

/** Derives the series of the threads of these keys, as many as one transaction should. */
async function assembleSome<T extends { readonly key: string }>(
  keys: readonly T[],
  ports: AssemblyPorts,
  tx: StoreTransaction,
): Promise<Assembled<T>> {
  const done: T[] = []
  const waiting: T[] = []
  const own: OutboxRecord[] = []
  const assembled = new Set<MessageId>()
  const words = await readCorrections(tx)
  let mails = 0
  for (const [index, one] of keys.entries()) {
    if (mails >= mailsAtOnce) {
      return { done, waiting, own, left: keys.slice(index) }
    }
    const key = one.key as MessageId
    // Mails that refer to different ones may be of one thread all the same.
    const thread = assembled.has(key) ? [] : await unitedThread(key, words.places, tx)
    const unseen = await unseenOwnMails(thread, ports, tx)
    if (unseen.length > 0) {
      own.push(...unseen)
      waiting.push(one)
      continue
    }
    if (thread.length > 0) {
      await assembleThreadOf(key, thread, words, ports, tx)
    }
    mails += thread.length
    for (const { message } of thread) {
      assembled.add(message.messageId)
    }
    done.push(one)
  }
  return { done, waiting, own, left: [] }
}

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
  for (let next = jobs; next.length > 0; ) {
    const { waiting, own, left } = await ports.store.transaction(async (tx) => {
      const assembled = await assembleSome(next, ports, tx)
      for (const job of assembled.done) {
        await tx.complete(job)
      }
      return assembled
    })
    for (const entry of own) {
      await noteOwnMail(entry, ports, signal)
    }
    next = [...waiting, ...left]
  }
}

/** How many threads `assembleDue` looks at in one transaction. */
const threadsAtOnce = 200

/**
 * Assembles threads whose jobs were due at `dueAt`, the longest waiting first, in one transaction and without a lease:
 * whatever happens before it ends, the jobs still wait for whoever comes next. Returns how many it assembled, 0 when
 * none is left but those that have to wait for the journal.
 */
export async function assembleDue(
  dueAt: Date,
  ports: AssemblyPorts & Pick<FlowPorts, 'store'>,
): Promise<number> {
  return await ports.store.transaction(async (tx) => {
    const taken = await tx.takeDue('assemble', dueAt, threadsAtOnce)
    const { done, waiting, left } = await assembleSome(taken, ports, tx)
    for (const { key, runAt } of [...waiting, ...left]) {
      await tx.enqueue('assemble', key, runAt)
    }
    return done.length
  })
}
