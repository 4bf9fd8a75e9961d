import type { SentEntry } from '../../core/journal-entry.ts'
import type { OutboxRecord } from '../../core/records.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { sendDecision, sentEntry, stateOfEvent } from './sent-record.ts'

/** What became of a mail. Journal first, then the store: a lost store finds in the journal what was sent. */
export async function settleMail(
  job: Job,
  record: OutboxRecord,
  event: 'handed-over' | 'rejected' | 'unknown' | 'seen',
  note: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const entry = sentEntry(record, event, note, ports.clock())
  await ports.journal.recordSent(entry, signal)
  await settleAs(entry, job, record, ports)
}

/** The store learns what the journal says of a mail now. */
export async function settleAs(
  { at, event, note }: SentEntry,
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
): Promise<void> {
  await finish(job, ports, async (tx) => {
    const from = ['pending', 'sending', 'unknown'] as const
    await tx.moveOutbox(record.key, from, stateOfEvent[event], note, at)
    await tx.addDecision(sendDecision(record, event, note, at))
    if (event === 'unknown') {
      await tx.enqueue('send', record.key, new Date(at.getTime() + ports.sending.lookForMs))
    }
  })
}

const firstRetryMs = 60_000
const longestRetryMs = 3_600_000
/** A service that was down for days still tries its mails more than once. */
const leastTries = 5

/** When it was first to be sent: a mail that waited for a person counts from their word. */
export async function firstDueAt(record: OutboxRecord, ports: FlowPorts): Promise<Date> {
  const releases = await ports.store.read((reader) => reader.humanDecisions('release'))
  const own = releases.filter(({ decision }) => decision.key === record.key)
  return own.reduce((latest, { at }) => (at > latest ? at : latest), record.createdAt)
}

/** Nothing was taken: the journal says so too, so that a rebuilt store does not wonder. */
export async function noteDeferred(
  record: OutboxRecord,
  note: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const at = ports.clock()
  await ports.journal.recordSent(sentEntry(record, 'deferred', note, at), signal)
  await ports.store.transaction((tx) => tx.moveOutbox(record.key, ['sending'], 'pending', note, at))
}

/**
 * Tries it again later, ever more rarely. What the other side puts off is given up after `retryForMs`; our own trouble,
 * such as a full disk, is waited out for as long as it takes.
 */
export async function postponeMail(
  job: Job,
  record: OutboxRecord,
  why: { readonly note: string; readonly isOurTrouble: boolean },
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const { note, isOurTrouble } = why
  const triedForMs = ports.clock().getTime() - (await firstDueAt(record, ports)).getTime()
  const isOver = triedForMs >= ports.sending.retryForMs && job.attempt >= leastTries
  if (isOver && !isOurTrouble) {
    ports.log.error({ key: record.key, reply: note }, 'a report was put off for too long')
    const last = `given up after ${job.attempt} tries: ${note}`
    await settleMail(job, record, 'rejected', last, ports, signal)
    return
  }
  const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(job.attempt - 1, 10))
  await noteDeferred(record, note, ports, signal)
  await ports.store.fail(job, new Date(ports.clock().getTime() + delay), note)
}
