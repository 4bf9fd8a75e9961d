import type { DecisionEntry } from '../../core/journal-entry.ts'
import { versionText } from '../../core/series/series.ts'
import type { StoreTransaction } from '../../store/store.ts'
import { recoverArchive } from '../intake/take-mail.ts'
import type { FlowPorts } from '../ports.ts'
import { runDueJobs } from '../run-jobs.ts'
import { updateTopic } from '../series/refresh-topic.ts'
import { restoreApplications, restorePullRequests } from './restore-published.ts'
import { restoreDecisions, restoreOutbox } from './restore-records.ts'
import { doubtFromNow } from './sent-before-restore.ts'

/** What a store that was copied before archive and journal has learned of them, and of the mirror. */
export interface CaughtUp {
  readonly mails: number
  readonly decisions: number
  readonly applications: number
}

/** What follows from a person's word that the copy of the store did not know yet. */
async function follow(
  { at, by, decision }: DecisionEntry,
  ports: FlowPorts,
  tx: StoreTransaction,
): Promise<void> {
  switch (decision.kind) {
    case 'approve': {
      const versions = await tx.seriesOfTopic(decision.topic)
      for (const { series } of versions) {
        if (versionText(series) === decision.version) {
          await tx.enqueue('publish', series.anchor, ports.clock())
        }
      }
      return
    }
    case 'withdraw':
      if ((await tx.topic(decision.topic))?.version === decision.version) {
        await updateTopic(decision.topic, { state: 'withdrawn' }, ports, tx)
      }
      return
    case 'link':
    case 'unlink':
    case 'split':
      await tx.enqueue('assemble', decision.mail, ports.clock())
      return
    case 'undo':
      for (const mail of decision.mails) {
        await tx.enqueue('assemble', mail, ports.clock())
      }
      return
    case 'release':
    case 'drop': {
      const isRelease = decision.kind === 'release'
      const to = isRelease ? 'pending' : 'dropped'
      const note = `${isRelease ? 'released' : 'dropped'} by ${by}`
      const from = ['held', 'unknown', 'failed', 'pending'] as const
      if ((await tx.moveOutbox(decision.key, from, to, note, at)) && isRelease) {
        await tx.enqueue('send', decision.key, ports.clock())
      }
      return
    }
    case 'bounce':
    case 'import':
    case 'opt-out':
    case 'quarantine-seen':
    case 'restore':
    case 'silence':
    case 'topic':
  }
}

/**
 * Brings a restored store up to what archive, journal, mirror and forge know. The journal then says that it was restored from a
 * backup made at `madeAt`, after which nobody here knows what was sent (`mayHaveLeft`). May be repeated.
 */
export async function catchUp(
  madeAt: Date,
  ports: FlowPorts,
  signal: AbortSignal,
): Promise<CaughtUp> {
  const decisions = await restoreDecisions(ports, signal, (entry, tx) => follow(entry, ports, tx))
  await restoreOutbox(ports, signal)
  await doubtFromNow(madeAt, ports, signal)
  let applications = 0
  for (const project of ports.projects) {
    applications += await restoreApplications(project, ports, signal)
    await restorePullRequests(project, ports, signal)
  }
  const mails = await recoverArchive(ports, signal)
  await runDueJobs(['assemble'], 'restore', ports, signal, signal)
  return { mails, decisions, applications }
}
