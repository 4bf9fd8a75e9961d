import type { Decision } from '../../core/decision.ts'
import type { SentEntry } from '../../core/journal-entry.ts'
import type { OutboxRecord, OutboxState } from '../../core/records.ts'
import type { FlowPorts } from '../ports.ts'

/** The state that the last event of a mail in the journal stands for. */
export const stateOfEvent: Readonly<Record<SentEntry['event'], OutboxState>> = {
  // Whether it was taken is asked of the way of sending when its turn comes.
  intended: 'sending',
  deferred: 'pending',
  'handed-over': 'handed-over',
  seen: 'seen',
  rejected: 'failed',
  unknown: 'unknown',
}

/** An event of this mail, for the journal. The mail itself is in what is said of it first: the intent, as a rule. */
export function sentEntry(
  record: OutboxRecord,
  event: SentEntry['event'],
  note: string,
  at: Date,
): SentEntry {
  return {
    at,
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

/** As `sentEntry`, of which nothing was said before: with the mail, and what it tells where it is a digest. */
export async function firstEntry(
  record: OutboxRecord,
  event: SentEntry['event'],
  note: string,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
): Promise<SentEntry> {
  const entry = { ...sentEntry(record, event, note, ports.clock()), mail: record.mail }
  return record.kind === 'digest'
    ? {
        ...entry,
        items: await ports.store.read((reader) => reader.digestItems({ digest: record.key })),
      }
    : entry
}

/** What was decided about sending it, for `explain`. */
export function sendDecision(
  record: OutboxRecord,
  rule: SentEntry['event'] | 'overtaken',
  result: string,
  at: Date,
): Decision {
  return {
    at,
    messageId: record.mail.inReplyTo,
    topic: record.topic,
    version: record.version,
    step: 'send',
    rule,
    inputs: { key: record.key, messageId: record.mail.messageId },
    result,
  }
}
