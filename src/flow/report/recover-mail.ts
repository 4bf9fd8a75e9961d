import type { SentEntry } from '../../core/journal-entry.ts'
import type { OutboxRecord } from '../../core/records.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { stateOfEvent } from './sent-record.ts'
import { settleMail } from './settle-mail.ts'

/** After a kill between the journal's word and the store's: the store is told what the journal knows. */
async function catchUp(
  job: Job,
  record: OutboxRecord,
  { event, note }: SentEntry,
  ports: FlowPorts,
): Promise<void> {
  await finish(job, ports, async (tx) => {
    const at = ports.clock()
    await tx.moveOutbox(record.key, ['sending'], stateOfEvent[event], note, at)
    if (event === 'unknown') {
      await tx.enqueue('send', record.key, new Date(at.getTime() + ports.sending.lookForMs))
    }
  })
}

/** Whether the mail may be sent now; if not, the job is finished. Only where it was being sent when we died. */
export async function recoverMail(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<'send' | 'finished'> {
  const last = await ports.journal.lastSent(record.key, signal)
  if (last?.event === 'deferred') {
    return 'send'
  }
  if (last !== null && last.event !== 'intended') {
    await catchUp(job, record, last, ports)
    return 'finished'
  }
  const taken = await ports.mailer.wasAccepted(record.mail.messageId, signal)
  if (taken === false) {
    return 'send'
  }
  const note = taken
    ? 'found where it was delivered'
    : 'the service died while it was being sent; nobody can tell whether it was taken'
  await settleMail(job, record, taken ? 'handed-over' : 'unknown', note, ports, signal)
  return 'finished'
}

/** How soon it is looked again whether the sources have been read as far as the deadline. */
const lookAgainMs = 60_000

/** It may be stored and its thread not assembled yet. */
export async function isBack({ mail }: OutboxRecord, ports: FlowPorts): Promise<boolean> {
  const found = await ports.store.read((reader) => reader.message(mail.messageId))
  const from = found?.message.from.address.toLowerCase()
  return from === ports.bot.address.toLowerCase()
}

/**
 * Whether an unknown mail is to be sent again; if not, the job is finished. Only what the sources held by the deadline
 * counts as looked at: a service that was down then reads them first.
 */
export async function lookForMail(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<'send' | 'finished'> {
  if (await isBack(record, ports)) {
    await settleMail(job, record, 'seen', 'came back by a source', ports, signal)
    return 'finished'
  }
  const now = ports.clock()
  const { lookForMs, ifUnknown } = ports.sending
  const lookUntil = new Date(record.updatedAt.getTime() + lookForMs)
  if (lookUntil > now) {
    await finish(job, ports, (tx) => tx.enqueue('send', record.key, lookUntil))
    return 'finished'
  }
  if (ifUnknown === 'hold') {
    const note = `${record.note}; it did not come back by a source: release or drop it`
    await finish(job, ports, async (tx) => {
      await tx.moveOutbox(record.key, ['unknown'], 'unknown', note, now)
    })
    return 'finished'
  }
  const readUntil = ports.sourcesReadUntil()
  if (readUntil === null || readUntil < lookUntil) {
    const soon = new Date(now.getTime() + Math.min(lookAgainMs, lookForMs))
    await finish(job, ports, (tx) => tx.enqueue('send', record.key, soon))
    return 'finished'
  }
  const note = 'it did not come back by a source: sent again with the same Message-ID'
  ports.log.warn({ key: record.key }, note)
  const isOurs = await ports.store.transaction((tx) =>
    tx.moveOutbox(record.key, ['unknown'], 'pending', note, now),
  )
  if (!isOurs) {
    await finish(job, ports)
  }
  return isOurs ? 'send' : 'finished'
}
