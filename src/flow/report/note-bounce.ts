import { type MessageId, toMessageId } from '../../core/ids.ts'
import type { DecisionEntry } from '../../core/journal-entry.ts'
import type { OutboxRecord, StoredMessage } from '../../core/records.ts'
import {
  type Bounce,
  type BouncedRecipient,
  isPermanentFailure,
  isTooMuch,
} from '../../core/report/bounce.ts'
import type { RefusedRecipient } from '../../mail/mailer.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { consents } from './opt-out.ts'
import { heardSince, silenced } from './silence.ts'

/** Who wrote it in the journal: nobody told us. */
const by = 'patchferry'

/** One recipient of a mail of ours who did not get it. */
interface Failure {
  /** As the mail wrote it, in lower case. */
  readonly address: string
  readonly isPermanent: boolean
  readonly status: string | null
  readonly reason: string
}

/** Everybody that a mail went to, in lower case. */
function recipientsOf({ mail }: OutboxRecord): readonly string[] {
  return [...new Set([...mail.to, ...mail.cc].map(({ address }) => address.toLowerCase()))]
}

/** Whom of our recipients a bounce means; null where it names nobody we wrote to. */
function meant(recipient: BouncedRecipient, record: OutboxRecord): string | null {
  const ours = recipientsOf(record)
  const named = recipient.addresses.map((address) => address.toLowerCase())
  const [only] = ours
  // A forwarder's server knows only the address behind it.
  return (
    named.find((address) => ours.includes(address)) ?? (ours.length === 1 ? (only ?? null) : null)
  )
}

/**
 * Remembers, in the journal first, that a mail of ours did not reach these, each once; who has bounced too often by now is
 * written to no more.
 */
async function recordFailures(
  record: OutboxRecord,
  failures: readonly Failure[],
  bounce: MessageId | null,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const known = await ports.store.read((reader) => reader.humanDecisions('bounce'))
  const fresh = failures.filter(
    (failure) =>
      !known.some(
        ({ decision }) =>
          decision.key === record.key &&
          decision.address === failure.address &&
          (decision.isPermanent || !failure.isPermanent),
      ),
  )
  for (const failure of fresh) {
    const entry: DecisionEntry = {
      at: ports.clock(),
      by,
      decision: { kind: 'bounce', key: record.key, ...failure, bounce },
    }
    await ports.journal.recordDecision(entry, signal)
    await ports.store.transaction(async (tx) => {
      await tx.addHumanDecision(entry)
      await tx.addDecision({
        at: entry.at,
        messageId: record.mail.inReplyTo,
        topic: record.topic,
        version: record.version,
        step: 'send',
        rule: failure.isPermanent ? 'bounced' : 'bounced-for-now',
        inputs: { key: record.key, bounce, status: failure.status },
        result: `the report did not reach ${failure.address}: ${failure.reason || 'no reason given'}`,
      })
    })
    ports.log.warn({ key: record.key, ...failure }, 'a report did not reach somebody')
  }
  // All of them, not only the fresh ones: a kill may have come between a bounce and what follows from it.
  for (const { address } of failures) {
    await silenceRepeated(address, ports, signal)
  }
}

/** Remembers recipients whom the server refused for good in the dialogue, while it took the mail for others. */
export async function recordRefusals(
  record: OutboxRecord,
  refused: readonly RefusedRecipient[],
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const failures = refused
    .filter(({ isTemporary }) => !isTemporary)
    .map(({ address, reply }) => {
      const status = /\b5\.\d{1,3}\.\d{1,3}\b/.exec(reply)?.[0] ?? null
      const isPermanent = isPermanentFailure({ outcome: 'failed', status })
      return { address: address.toLowerCase(), isPermanent, status, reason: reply.slice(0, 300) }
    })
  await recordFailures(record, failures, null, ports, signal)
}

async function silenceRepeated(
  address: string,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  const now = ports.clock()
  const isDue = await ports.store.read(async (reader) => {
    const bounces = await reader.humanDecisions('bounce')
    const own = bounces.filter(({ decision }) => decision.address === address)
    const silent = [
      ...(await consents(reader)).optedOut,
      ...(await silenced(reader, now)).map((one) => one.address),
    ]
    const since = await heardSince(address, reader)
    return !silent.includes(address) && isTooMuch(own, ports.bounces, since, now)
  })
  if (!isDue) {
    return
  }
  const until = new Date(now.getTime() + ports.bounces.silentForMs)
  const entry: DecisionEntry = { at: now, by, decision: { kind: 'silence', address, until } }
  await ports.journal.recordDecision(entry, signal)
  await ports.store.transaction(async (tx) => {
    await tx.addHumanDecision(entry)
  })
  ports.log.error({ address, until }, 'an address bounces again and again: not written to any more')
}

/** What a bounce tells, in the order of its recipients. */
async function noteRecipients(
  { sentTo, recipients }: Bounce,
  message: MessageId,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<string> {
  const start = sentTo.map((address) => ports.returnPaths.read(address)).find((one) => one !== null)
  const record =
    start === undefined || start === null
      ? null
      : await ports.store.read((reader) => reader.outboxByIdStart(start))
  if (record === null) {
    return 'it was not sent to the address of a mail of ours: nothing follows from it'
  }
  const named = recipients.map((recipient) => ({ recipient, address: meant(recipient, record) }))
  const failures = named.flatMap(({ recipient, address }) =>
    address === null || recipient.outcome !== 'failed'
      ? []
      : [
          {
            address,
            isPermanent: isPermanentFailure(recipient),
            status: recipient.status,
            reason: recipient.reason,
          },
        ],
  )
  await recordFailures(record, failures, message, ports, signal)
  const words = named.map(({ recipient, address }) =>
    address === null
      ? `${recipient.addresses[0] ?? ''} is nobody whom we wrote to`
      : `${recipient.outcome} for ${address}`,
  )
  return `of report ${record.key}: ${words.join(', ')}`
}

async function parseAgain(
  stored: StoredMessage,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<Bounce | null> {
  const [raw] = await ports.archive.rawMails([stored], signal)
  const parsed = raw === undefined ? null : ports.parse(raw)
  return parsed?.outcome === 'message' ? parsed.body.bounce : null
}

/**
 * Takes a bounce to heart if it came to an address that only we can have made for one of our mails: anybody can write a
 * bounce. What is late or was delivered is only told. Running it twice remembers nothing twice.
 */
export async function noteBounce(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const messageId = toMessageId(job.key)
  const stored = await ports.store.read((reader) => reader.message(messageId))
  const bounce = stored === null ? null : await parseAgain(stored, ports, signal)
  if (bounce === null) {
    await finish(job, ports)
    return
  }
  const result = await noteRecipients(bounce, messageId, ports, signal)
  await finish(job, ports, (tx) =>
    tx.addDecision({
      at: ports.clock(),
      messageId,
      topic: null,
      version: null,
      step: 'send',
      rule: 'bounce',
      inputs: { recipients: bounce.recipients },
      result,
    }),
  )
}
