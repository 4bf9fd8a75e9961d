import type { DecisionEntry } from '../../core/journal-entry.ts'
import type { OutboxRecord } from '../../core/records.ts'
import type { Job } from '../../store/store.ts'
import { finish } from '../job-outcome.ts'
import type { FlowPorts } from '../ports.ts'
import { overtakenBy, overtakenWords } from './overtaken.ts'
import { sendDecision } from './sent-record.ts'

/** The version that has made this report needless; null where there is none, or where a person wants it sent. */
export async function newerVersion(record: OutboxRecord, ports: FlowPorts): Promise<string | null> {
  const { topic, version } = record
  if (topic === null || version === null) {
    return null
  }
  return ports.store.read(async (reader) => {
    // A person may have moved it to another topic since.
    const series = record.mail.inReplyTo && (await reader.seriesOf(record.mail.inReplyTo))
    const present = series ? series.topic : topic
    const releases = await reader.humanDecisions('release')
    return releases.some(({ decision }) => decision.key === record.key)
      ? null
      : overtakenBy(present, version, reader)
  })
}

/** Journal first: an intent may stand there from an attempt that was put off, and a rebuilt store must not send it. */
export async function dropOvertaken(
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
    await tx.addDecision(sendDecision(record, 'overtaken', note, at))
  })
}
