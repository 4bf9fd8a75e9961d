import type { DecisionEntry, SentEntry } from '../core/journal-entry.ts'
import type { OutboxRecord, OutboxState } from '../core/records.ts'
import type { SendResult } from '../mail/mailer.ts'
import type { Job } from '../store/store.ts'
import { finish } from './job-outcome.ts'
import { overtakenBy, overtakenWords } from './overtaken.ts'
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
  })
}

const firstRetryMs = 60_000
const longestRetryMs = 3_600_000

async function postpone(
  job: Job,
  record: OutboxRecord,
  note: string,
  ports: FlowPorts,
): Promise<void> {
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
      await postpone(job, record, result.reply, ports)
  }
}

/** The version that has made this report needless; null where there is none, or where a person wants it sent. */
async function newerVersion(record: OutboxRecord, ports: FlowPorts): Promise<string | null> {
  const { topic, version } = record
  if (topic === null || version === null) {
    return null
  }
  return ports.store.read(async (reader) => {
    const releases = await reader.humanDecisions('release')
    return releases.some(({ decision }) => decision.key === record.key)
      ? null
      : overtakenBy(topic, version, reader)
  })
}

/** Journal first: an intent may stand there from an attempt that was put off, and a rebuilt store must not send it. */
async function dropOvertaken(
  job: Job,
  record: OutboxRecord,
  newest: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const at = ports.clock()
  const note = overtakenWords(record.version ?? '', newest)
  const entry: DecisionEntry = {
    at,
    by: 'patchferry',
    decision: { kind: 'drop', key: record.key, reason: note },
  }
  await ports.journal.recordDecision(entry, signal)
  await finish(job, ports, async (tx) => {
    await tx.addHumanDecision(entry)
    await tx.moveOutbox(record.key, ['pending', 'sending'], 'dropped', note, at)
    await tx.addDecision({
      at,
      messageId: record.mail.inReplyTo,
      topic: record.topic,
      version: record.version,
      step: 'send',
      rule: 'overtaken',
      inputs: { key: record.key },
      result: note,
    })
  })
}

/**
 * Sends one report, unless a newer complete version of its topic has arrived. The intent is in the journal before the dialogue begins. After a kill in between we ask the
 * way of sending whether it has the mail already; where it cannot tell, a person decides (state `unknown`).
 */
export async function sendMail(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const record = await ports.store.read((reader) => reader.outboxEntry(job.key))
  if (record === null || (record.state !== 'pending' && record.state !== 'sending')) {
    await finish(job, ports)
    return
  }
  if (record.state === 'sending') {
    const taken = await ports.mailer.wasAccepted(record.mail.messageId, signal)
    if (taken === true) {
      await settle(job, record, 'handed-over', 'found where it was delivered', ports, signal)
      return
    }
    if (taken === null) {
      const note = 'the service died while it was being sent; nobody can tell whether it was taken'
      await settle(job, record, 'unknown', note, ports, signal)
      return
    }
  }
  const newest = await newerVersion(record, ports)
  if (newest !== null) {
    await dropOvertaken(job, record, newest, ports, signal)
    return
  }
  if (record.state === 'pending') {
    await ports.journal.recordSent(entryOf(record, 'intended', '', ports), signal)
    await ports.store.transaction((tx) =>
      tx.moveOutbox(record.key, ['pending'], 'sending', '', ports.clock()),
    )
  }
  const result = await ports.mailer.send(record.mail, signal)
  await conclude(result, job, record, ports, signal)
}
