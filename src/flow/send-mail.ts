import { BotError } from '../core/bot-error.ts'
import type { SentEntry } from '../core/journal-entry.ts'
import type { OutboxRecord, OutboxState } from '../core/records.ts'
import type { SendResult } from '../mail/mailer.ts'
import type { Job } from '../store/store.ts'
import { dropOvertaken, newerVersion } from './drop-overtaken.ts'
import { finish } from './job-outcome.ts'
import { mayLeave } from './may-leave.ts'
import type { FlowPorts } from './ports.ts'

function entryOf(
  record: OutboxRecord,
  event: SentEntry['event'],
  note: string,
  ports: FlowPorts,
): SentEntry {
  return {
    at: ports.clock(),
    key: record.key,
    event,
    messageId: record.mail.messageId,
    project: record.project,
    topic: record.topic,
    version: record.version,
    head: record.head,
    kind: record.kind,
    mail: event === 'intended' ? record.mail : null,
    note,
  }
}

/** Journal first, then the store: a lost store finds in the journal what was sent. */
async function settle(
  job: Job,
  record: OutboxRecord,
  event: 'handed-over' | 'rejected' | 'unknown',
  note: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const states: Readonly<Record<typeof event, OutboxState>> = {
    'handed-over': 'handed-over',
    rejected: 'failed',
    unknown: 'unknown',
  }
  const lookUntil = new Date(ports.clock().getTime() + ports.sending.lookForMs)
  await ports.journal.recordSent(entryOf(record, event, note, ports), signal)
  await finish(job, ports, async (tx) => {
    const at = ports.clock()
    await tx.moveOutbox(record.key, ['pending', 'sending'], states[event], note, at)
    await tx.addDecision({
      at,
      messageId: record.mail.inReplyTo,
      topic: record.topic,
      version: record.version,
      step: 'send',
      rule: event,
      inputs: { key: record.key, messageId: record.mail.messageId },
      result: note,
    })
    if (event === 'unknown') {
      await tx.enqueue('send', record.key, lookUntil)
    }
  })
}

const firstRetryMs = 60_000
const longestRetryMs = 3_600_000
/** A service that was down for days still tries its mails more than once. */
const leastTries = 5

/** When it was first to be sent: a mail that waited for a person counts from their word. */
async function firstDueAt(record: OutboxRecord, ports: FlowPorts): Promise<Date> {
  const releases = await ports.store.read((reader) => reader.humanDecisions('release'))
  const own = releases.filter(({ decision }) => decision.key === record.key)
  return own.reduce((latest, { at }) => (at > latest ? at : latest), record.createdAt)
}

async function postpone(
  job: Job,
  record: OutboxRecord,
  note: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const triedForMs = ports.clock().getTime() - (await firstDueAt(record, ports)).getTime()
  if (triedForMs >= ports.sending.retryForMs && job.attempt >= leastTries) {
    ports.log.error({ key: record.key, reply: note }, 'a report was put off for too long')
    await settle(
      job,
      record,
      'rejected',
      `given up after ${job.attempt} tries: ${note}`,
      ports,
      signal,
    )
    return
  }
  const delay = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(job.attempt - 1, 10))
  const runAt = new Date(ports.clock().getTime() + delay)
  await ports.store.transaction((tx) =>
    tx.moveOutbox(record.key, ['sending'], 'pending', note, ports.clock()),
  )
  await ports.store.fail(job, runAt, note)
}

async function conclude(
  result: SendResult,
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  switch (result.outcome) {
    case 'accepted':
      await settle(job, record, 'handed-over', result.reply, ports, signal)
      return
    case 'partly': {
      const refused = result.refused.map(({ address, reply }) => `${address}: ${reply}`).join('; ')
      const note = `${result.reply}; not taken for ${refused}`
      ports.log.error({ key: record.key, refused }, 'a report was refused for some recipients')
      await settle(job, record, 'handed-over', note, ports, signal)
      return
    }
    case 'rejected':
      ports.log.error({ key: record.key, reply: result.reply }, 'a report was refused')
      await settle(job, record, 'rejected', result.reply, ports, signal)
      return
    case 'unknown':
      ports.log.error({ key: record.key }, 'nobody can tell whether a report was taken')
      await settle(job, record, 'unknown', result.reply, ports, signal)
      return
    case 'deferred':
      await postpone(job, record, result.reply, ports, signal)
  }
}

/** What the journal said last of a mail; null when nothing. Read whole, which only the first job after a kill does. */
async function lastWord(
  key: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<SentEntry | null> {
  let last: SentEntry | null = null
  for await (const entry of ports.journal.sent(signal)) {
    if (entry.key === key) {
      last = entry
      // What was seen on the list was taken, whatever came of a later try.
      if (entry.event === 'seen') {
        break
      }
    }
  }
  return last
}

/** After a kill between the journal's word and the store's: the store is told what the journal knows. */
async function catchUp(
  job: Job,
  record: OutboxRecord,
  { event, note }: SentEntry,
  ports: FlowPorts,
): Promise<void> {
  const states: Readonly<Record<Exclude<SentEntry['event'], 'intended'>, OutboxState>> = {
    'handed-over': 'handed-over',
    seen: 'seen',
    rejected: 'failed',
    unknown: 'unknown',
  }
  if (event === 'intended') {
    throw new TypeError('an intent is no outcome')
  }
  await finish(job, ports, async (tx) => {
    const at = ports.clock()
    await tx.moveOutbox(record.key, ['sending'], states[event], note, at)
    if (event === 'unknown') {
      await tx.enqueue('send', record.key, new Date(at.getTime() + ports.sending.lookForMs))
    }
  })
}

/** Whether the mail may be sent now; if not, the job is finished. Only where it was being sent when we died. */
async function recover(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<'send' | 'finished'> {
  const last = await lastWord(record.key, ports, signal)
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
  await settle(job, record, taken ? 'handed-over' : 'unknown', note, ports, signal)
  return 'finished'
}

/** Whether an unknown mail is to be sent again; if not, the job is finished. */
async function afterLooking(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
): Promise<'send' | 'finished'> {
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

/** The dialogue. What the mailer throws was not taken, and the mail is not left as if it were being sent. */
async function speak(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  let result: SendResult
  try {
    result = await ports.mailer.send(record.mail, signal)
  } catch (error) {
    if (signal.aborted) {
      await ports.store.transaction((tx) =>
        tx.moveOutbox(record.key, ['sending'], 'pending', 'stopped', ports.clock()),
      )
      throw error
    }
    const reply =
      error instanceof BotError ? `${error.code}: ${error.message}` : `a fault: ${String(error)}`
    ports.log.warn({ key: record.key, err: error }, 'a report could not be sent')
    const isFinal = error instanceof BotError && error.retry !== 'later'
    result = { outcome: isFinal ? 'rejected' : 'deferred', reply }
  }
  await conclude(result, job, record, ports, signal)
}
/** Whether the dialogue is to begin; if not, the job is finished. */
async function prepare(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<'send' | 'finished'> {
  if (record.state === 'pending') {
    return 'send'
  }
  if (record.state === 'sending') {
    return recover(job, record, ports, signal)
  }
  if (record.state === 'unknown') {
    return afterLooking(job, record, ports)
  }
  await finish(job, ports)
  return 'finished'
}

/**
 * Sends one report, unless a newer complete version of its topic has arrived. The intent is in the journal before the
 * dialogue begins. After a kill in between we ask the journal, then the way of sending, whether the mail was taken;
 * where neither can tell (state `unknown`), our own mail coming back by a source confirms it until a deadline, after
 * which `ports.sending` says what happens.
 */
export async function sendMail(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const record = await ports.store.read((reader) => reader.outboxEntry(job.key))
  if (record === null) {
    await finish(job, ports)
    return
  }
  if ((await prepare(job, record, ports, signal)) === 'finished') {
    return
  }
  const newest = await newerVersion(record, ports)
  if (newest !== null) {
    await dropOvertaken(job, record, newest, ports, signal)
    return
  }
  if ((await mayLeave(job, record, ports)) === 'finished') {
    return
  }
  if (record.state !== 'sending') {
    await ports.journal.recordSent(entryOf(record, 'intended', '', ports), signal)
  }
  await ports.store.transaction((tx) =>
    tx.moveOutbox(record.key, ['pending', 'sending'], 'sending', '', ports.clock()),
  )
  await speak(job, record, ports, signal)
}
