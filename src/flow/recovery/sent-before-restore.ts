import type { DecisionEntry } from '../../core/journal-entry.ts'
import { effectiveDate } from '../../core/message.ts'
import type { OutboxRecord } from '../../core/records.ts'
import { ownMails, versionText } from '../../core/series/series.ts'
import type { Job, StoreReader } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import { isBack } from '../report/recover-mail.ts'
import { firstEntry } from '../report/sent-record.ts'
import { settleAs } from '../report/settle-mail.ts'

/**
 * From now on nobody here knows what was sent since `madeAt`, null: at any time. The journal says so first, so that a rebuilt store
 * knows it too.
 */
export async function doubtFromNow(
  madeAt: Date | null,
  ports: Pick<FlowPorts, 'store' | 'journal' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const entry: DecisionEntry = {
    at: ports.clock(),
    by: 'patchferry',
    decision: { kind: 'restore', madeAt },
  }
  await ports.journal.recordDecision(entry, signal)
  await ports.store.transaction(async (tx) => {
    await tx.addHumanDecision(entry)
  })
}

/** When state was last brought back, and when the backup was made that it came from, null for none; null where it never was. */
export async function lastRestore(
  reader: Pick<StoreReader, 'humanDecisions'>,
): Promise<{ readonly at: Date; readonly madeAt: Date | null } | null> {
  const last = (await reader.humanDecisions('restore')).at(-1)
  return last === undefined ? null : { at: last.at, madeAt: last.decision.madeAt }
}

/** Whether a mail of this version says that it was written after `at`. */
async function isYoungerThan(
  at: Date,
  { topic, version }: Pick<OutboxRecord, 'topic' | 'version'>,
  reader: StoreReader,
): Promise<boolean> {
  const versions = topic === null ? [] : await reader.seriesOfTopic(topic)
  const own = versions.filter(({ series }) => versionText(series) === version)
  const mails = await reader.messages(own.flatMap(({ series }) => ownMails(series)))
  return mails.some(({ message }) => effectiveDate(message) > at)
}

async function isAllYoungerThan(
  at: Date,
  record: OutboxRecord,
  reader: StoreReader,
): Promise<boolean> {
  if (record.kind === 'operator') {
    // What it says was found then, so that it was never said before.
    return record.mail.date > at
  }
  if (record.kind !== 'digest') {
    return isYoungerThan(at, record, reader)
  }
  for (const item of await reader.digestItems({ digest: record.key })) {
    if (!(await isYoungerThan(at, item, reader))) {
      return false
    }
  }
  return true
}

/** What can be known of a mail that may have left before state was restored. */
async function lookWhetherSent(
  record: OutboxRecord,
  madeAt: Date | null,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<{ readonly event: 'seen' | 'handed-over' | 'unknown'; readonly note: string }> {
  if (await isBack(record, ports)) {
    return { event: 'seen', note: 'came back by a source' }
  }
  if ((await ports.mailer.wasAccepted(record.mail.messageId, signal)) === true) {
    return { event: 'handed-over', note: 'found where it was delivered' }
  }
  ports.log.warn({ key: record.key, madeAt }, 'a report may have been sent before the restore')
  const note =
    madeAt === null
      ? 'what was sent before the state folder was lost is not known: it may have been'
      : `state was restored from a backup of ${madeAt.toISOString()}: it may have been sent since`
  return { event: 'unknown', note }
}

/**
 * Whether the mail may be sent now; if not, the job is finished. After a restore nobody here knows what was sent since the
 * backup was made. What is told of mails that were there before the restore may be such: it is looked for on the list, and
 * is `unknown` until it comes back. Once the journal has a word of the mail that is younger than the restore, that counts:
 * it holds the mail, so that a rebuilt store has no doubts of its own.
 */
export async function doubtAfterRestore(
  job: Job,
  record: OutboxRecord,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<'send' | 'finished'> {
  const restore = await ports.store.read(lastRestore)
  if (restore === null) {
    return 'send'
  }
  const isYounger = await ports.store.read((reader) => isAllYoungerThan(restore.at, record, reader))
  if (isYounger || (await ports.journal.lastSent(record.key, signal, restore.at)) !== null) {
    return 'send'
  }
  const { event, note } = await lookWhetherSent(record, restore.madeAt, ports, signal)
  const entry = await firstEntry(record, event, note, ports)
  await ports.journal.recordSent(entry, signal)
  await settleAs(entry, job, record, ports)
  return 'finished'
}
