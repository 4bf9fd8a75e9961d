import type { Decision } from '../../core/decision.ts'
import type { MessageId } from '../../core/ids.ts'
import type { OutboxRecord, StoredMessage } from '../../core/records.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import { noteOwnMail, unseenOwnMails } from '../intake/note-own-mail.ts'
import type { FlowPorts } from '../ports.ts'
import { type AssemblyPorts, assembleThreadOf, type ReadThread } from './assemble-thread.ts'
import { type PeoplesWords, readCorrections, unitedThread } from './corrections.ts'
import { readThread } from './derive-series.ts'

/** One transaction takes no more threads after so many of either: it holds the event loop, and the store. */
export interface AtOnce {
  readonly threads: number
  readonly mails: number
}

const usuallyAtOnce: AtOnce = { threads: 200, mails: 400 }

interface Assembled<T> {
  readonly done: readonly T[]
  /** Threads with these mails of ours, which nobody knew to be on the list, wait for the journal. */
  readonly waiting: readonly T[]
  readonly own: readonly OutboxRecord[]
  /** What the transaction had no time for. */
  readonly left: readonly T[]
}

/** Where threads are read for these keys; a key that is not there comes another time. */
async function threadsOf(
  keys: readonly MessageId[],
  { places }: PeoplesWords,
  tx: StoreTransaction,
  mailsAtOnce: number,
): Promise<ReadonlyMap<MessageId, readonly StoredMessage[]>> {
  const threads = await tx.threads(keys, mailsAtOnce)
  if (places.size === 0) {
    return threads
  }
  const united = new Map<MessageId, readonly StoredMessage[]>()
  for (const key of threads.keys()) {
    united.set(key, await unitedThread(key, places, tx))
  }
  return united
}

/** Reads threads, and looks up at once what assembling them asks of the store. */
async function readThreads(
  threads: ReadonlyMap<MessageId, readonly StoredMessage[]>,
  words: PeoplesWords,
  ports: AssemblyPorts,
  tx: StoreTransaction,
): Promise<readonly ReadThread[]> {
  const read = [...threads].map(([key, thread]) => ({
    key,
    thread,
    assembly: readThread(thread, words, ports),
  }))
  const series = read.flatMap(({ assembly }) => assembly.series)
  const mails = [...threads.values()].flat().map(({ message }) => message.messageId)
  await tx.expectSeries(series, mails)
  const sources = await tx.sourcesOf(series.map(({ anchor }) => anchor))
  return read.map((one) => ({ ...one, sources }))
}

/** Derives the series of the threads of these keys, as many as one transaction should. */
async function assembleSome<T extends { readonly key: string }>(
  keys: readonly T[],
  ports: AssemblyPorts,
  tx: StoreTransaction,
  mailsAtOnce = usuallyAtOnce.mails,
): Promise<Assembled<T>> {
  const done: T[] = []
  const waiting: T[] = []
  const left: T[] = []
  const own: OutboxRecord[] = []
  const words = await readCorrections(tx)
  const found = await threadsOf(
    keys.map(({ key }) => key as MessageId),
    words,
    tx,
    mailsAtOnce,
  )
  const wanted = new Map<MessageId, readonly StoredMessage[]>()
  const begun = new Set<MessageId>()
  let mails = 0
  for (const one of keys) {
    const key = one.key as MessageId
    const thread = found.get(key)
    if (thread === undefined || mails >= mailsAtOnce) {
      left.push(one)
      continue
    }
    const unseen = await unseenOwnMails(thread, ports, tx)
    if (unseen.length > 0) {
      own.push(...unseen)
      waiting.push(one)
      continue
    }
    const first = thread[0]?.message.messageId
    // Mails that refer to different ones may be of one thread all the same.
    if (first !== undefined && !begun.has(first)) {
      begun.add(first)
      wanted.set(key, thread)
      mails += thread.length
    }
    done.push(one)
  }
  const at = ports.clock()
  const decided: (readonly Decision[])[] = []
  for (const read of await readThreads(wanted, words, ports, tx)) {
    decided.push(await assembleThreadOf(read, words, at, ports, tx))
  }
  await tx.addDecisions(decided.flat())
  return { done, waiting, own, left }
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

/**
 * Assembles threads whose jobs were due at `dueAt`, the longest waiting first, in one transaction and without a lease:
 * whatever happens before it ends, the jobs still wait for whoever comes next. Returns how many it assembled, 0 when
 * none is left but those that have to wait for the journal.
 */
export async function assembleDue(
  dueAt: Date,
  ports: AssemblyPorts & Pick<FlowPorts, 'store'>,
  atOnce = usuallyAtOnce,
): Promise<number> {
  return await ports.store.transaction(async (tx) => {
    const taken = await tx.takeDue('assemble', dueAt, atOnce.threads)
    const { done, waiting, left } = await assembleSome(taken, ports, tx, atOnce.mails)
    for (const { key, runAt } of [...waiting, ...left]) {
      await tx.enqueue('assemble', key, runAt)
    }
    return done.length
  })
}
