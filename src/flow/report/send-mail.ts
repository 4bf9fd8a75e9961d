import { BotError } from '../../core/bot-error.ts'
import type { OutboxRecord } from '../../core/records.ts'
import type { SendResult } from '../../mail/mailer.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { doubtAfterRestore } from '../recovery/sent-before-restore.ts'
import { dropOvertaken, newerVersion } from './drop-overtaken.ts'
import { mayLeave } from './may-leave.ts'
import { recordRefusals } from './note-bounce.ts'
import { lookForMail, recoverMail } from './recover-mail.ts'
import { domainsFreeAt, recipientDomains } from './send-rate.ts'
import { firstEntry } from './sent-record.ts'
import { firstDueAt, noteDeferred, postponeMail, settleMail } from './settle-mail.ts'
import { withoutSilent } from './without-silent.ts'

type Concluded = SendResult | { readonly outcome: 'our-trouble'; readonly reply: string }

async function conclude(
  result: Concluded,
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const { key } = record
  const { reply: note } = result
  switch (result.outcome) {
    case 'accepted':
      await settleMail(job, record, 'handed-over', note, ports, signal)
      return
    case 'partly': {
      const refused = result.refused.map(({ address, reply }) => `${address}: ${reply}`).join('; ')
      ports.log.error({ key, refused }, 'a report was refused for some recipients')
      await recordRefusals(record, result.refused, ports, signal)
      const said = `${note}; not taken for ${refused}`
      await settleMail(job, record, 'handed-over', said, ports, signal)
      return
    }
    case 'rejected':
      ports.log.error({ key, reply: note }, 'a report was refused')
      await settleMail(job, record, 'rejected', note, ports, signal)
      return
    case 'unknown':
      ports.log.error({ key }, 'nobody can tell whether a report was taken')
      await settleMail(job, record, 'unknown', note, ports, signal)
      return
    case 'deferred':
    case 'our-trouble': {
      const isOurTrouble = result.outcome === 'our-trouble'
      await postponeMail(job, record, { note, isOurTrouble }, ports, signal)
    }
  }
}

/** What the mailer throws was not taken. */
function resultOf(error: unknown): Concluded {
  if (!(error instanceof BotError)) {
    return { outcome: 'deferred', reply: `a fault: ${String(error)}` }
  }
  const reply = `${error.code}: ${error.message}`
  return { outcome: error.retry === 'later' ? 'our-trouble' : 'rejected', reply }
}

/** Who is put off for longer than greylisting takes does not keep the report from the others. */
const waitForAllMs = 3_600_000

async function isWorthWaiting(record: OutboxRecord, ports: FlowPorts): Promise<boolean> {
  const since = await firstDueAt(record, ports)
  return ports.clock().getTime() - since.getTime() < waitForAllMs
}

/** The dialogue. Whatever comes of it, the mail is not left as if it were being sent. */
async function speak(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  let result: Concluded
  try {
    const { mailer } = ports
    result =
      mailer.sendToAll !== undefined && (await isWorthWaiting(record, ports))
        ? await mailer.sendToAll(record.mail, signal)
        : await mailer.send(record.mail, signal)
  } catch (error) {
    if (signal.aborted) {
      await noteDeferred(record, 'stopped', ports, new AbortController().signal)
      throw error
    }
    ports.log.warn({ key: record.key, err: error }, 'a report could not be sent')
    result = resultOf(error)
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
    return recoverMail(job, record, ports, signal)
  }
  if (record.state === 'unknown') {
    return lookForMail(job, record, ports, signal)
  }
  await finish(job, ports)
  return 'finished'
}

/** Any number that keys share evenly. */
function numberOf(key: string): number {
  return Array.from(key).reduce(
    (sum, character) => (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0,
    7,
  )
}

/** Spreads what waits for one domain over the time that it needs, so that it is not all looked at in each minute. */
async function waitForDomain(
  job: Job,
  record: OutboxRecord,
  until: Date,
  ports: FlowPorts,
): Promise<void> {
  const { perDomainPerMinute } = ports.sending.limits
  await finish(job, ports, async (tx) => {
    const { pending = 0 } = await tx.outboxCounts()
    const minutes = Math.ceil(pending / (perDomainPerMinute ?? pending))
    const delayMs = (numberOf(record.key) % Math.max(1, minutes)) * 60_000
    await tx.enqueue('send', record.key, new Date(until.getTime() + delayMs))
  })
}

/**
 * Sends one report, unless a newer complete version of its topic has arrived. The intent is in the journal before the
 * dialogue begins. After a kill in between we ask the journal, then the way of sending, whether the mail was taken;
 * where neither can tell (state `unknown`), our own mail coming back by a source confirms it until a deadline, after
 * which `ports.sending` says what happens.
 */
export async function sendMail(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const filed = await ports.store.read((reader) => reader.outboxEntry(job.key))
  if (filed === null) {
    await finish(job, ports)
    return
  }
  if ((await prepare(job, filed, ports, signal)) === 'finished') {
    return
  }
  const newest = await newerVersion(filed, ports)
  if (newest !== null) {
    await dropOvertaken(job, filed, newest, ports, signal)
    return
  }
  if ((await doubtAfterRestore(job, filed, ports, signal)) === 'finished') {
    return
  }
  if ((await mayLeave(job, filed, ports)) === 'finished') {
    return
  }
  const mail = await withoutSilent(job, filed, ports)
  if (mail === null) {
    return
  }
  const record = { ...filed, mail }
  const domains = recipientDomains(mail)
  const wait = await ports.store.read((reader) =>
    domainsFreeAt(ports.sending.limits, domains, reader, ports.clock()),
  )
  if (wait !== null) {
    await waitForDomain(job, record, wait, ports)
    return
  }
  await ports.journal.recordSent(await firstEntry(record, 'intended', '', ports), signal)
  const isOurs = await ports.store.transaction(async (tx) => {
    const at = ports.clock()
    await tx.noteDialogue(domains, at)
    const isMoved = await tx.moveOutbox(record.key, ['pending', 'sending'], 'sending', '', at)
    if (isMoved && mail !== filed.mail) {
      await tx.rewriteMail(record.key, mail)
    }
    return isMoved
  })
  if (!isOurs) {
    await noteDeferred(record, 'somebody decided about it meanwhile', ports, signal)
    await finish(job, ports)
    return
  }
  await speak(job, record, ports, signal)
}
