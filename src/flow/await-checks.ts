import { waitingSince } from '../core/checks-deadline.ts'
import type { Sha } from '../core/ids.ts'
import { type Project, policyFor } from '../core/project.ts'
import type { SeriesRecord } from '../core/records.ts'
import { versionText } from '../core/series.ts'
import type { Job, StoreTransaction } from '../store/store.ts'
import type { FlowPorts } from './ports.ts'

/** How long the checks of a head are still waited for. */
export interface Patience {
  /** Null where nobody waited before. */
  readonly since: Date | null
  /** Null: for ever. */
  readonly until: Date | null
  readonly isOver: boolean
}

/** What the policy of the list says, counted from the decision to wait. */
export async function patienceFor(
  record: SeriesRecord,
  head: Sha,
  project: Project,
  ports: Pick<FlowPorts, 'store' | 'clock'>,
): Promise<Patience> {
  const { deadlineMs } = policyFor(project, record.list ?? '')
  const now = ports.clock()
  const decisions = await ports.store.read((reader) => reader.decisions({ topic: record.topic }))
  const since = waitingSince(decisions, versionText(record.series), head)
  const until =
    deadlineMs === null ? null : new Date((since ?? now).getTime() + Math.max(deadlineMs, 1))
  return { since, until, isOver: until !== null && until <= now }
}

/** Looks again at the deadline, unless a result comes before; the first time it is a decision. */
export async function awaitChecks(
  job: Job,
  record: SeriesRecord,
  head: Sha,
  { since, until }: Patience,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  if (since === null) {
    await tx.addDecision({
      at: ports.clock(),
      messageId: record.series.anchor,
      topic: record.topic,
      version: versionText(record.series),
      step: 'verdict',
      rule: 'waiting',
      inputs: { head, until },
      result: `waits for checks${until === null ? '' : `, at most until ${until.toISOString()}`}`,
    })
  }
  if (until !== null) {
    await tx.enqueue('collect', job.key, until)
  }
}
