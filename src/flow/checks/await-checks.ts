import { policyFor } from '../../core/project.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import type { Evidence } from './gather-evidence.ts'
import { verdictDecision } from './verdict-decision.ts'

/** How long the checks of a head are still waited for. */
export interface Patience {
  /** Null where nobody waited before. */
  readonly since: Date | null
  /** Null: for ever. */
  readonly until: Date | null
  readonly isOver: boolean
}

/** When the forge is to be asked for a head that is waited for. */
export interface NextLooks {
  /** Null where it is not to be asked. */
  readonly nextAt: Date | null
  /** All seems to be in: when that is to be looked at once more. */
  readonly soonAt: Date | null
}

/** A forge forgets runs that nobody let begin (GitHub: after 30 days). */
const approvalForMs = 30 * 86_400_000

/**
 * What the policy of the list says, counted from the decision to wait; less where the forge's CI is known to be quicker and our
 * own tester, whose queue may be long, has spoken.
 */
export function patienceFor(
  { record, own, learned, since, approvalSince, lacksPullRequest }: Evidence,
  { project }: ProjectPorts,
  ports: Pick<FlowPorts, 'clock'>,
): Patience {
  const now = ports.clock()
  if (approvalSince !== null) {
    const until = new Date(approvalSince.getTime() + approvalForMs)
    return { since: null, until, isOver: until <= now }
  }
  if (lacksPullRequest) {
    return { since, until: null, isOver: false }
  }
  const { deadlineMs } = policyFor(project, record.list ?? '')
  const isForgeAlone = project.tests === null || own.length > 0
  const enoughMs = isForgeAlone ? learned.deadlineMs : null
  const patienceMs = deadlineMs === null ? null : Math.min(deadlineMs, enoughMs ?? deadlineMs)
  const until =
    patienceMs === null ? null : new Date((since ?? now).getTime() + Math.max(patienceMs, 1))
  return { since, until, isOver: until !== null && until <= now }
}

/** Looks again at `nextAt`, at the latest at the deadline, unless a result comes before; the first time it is a decision. */
export async function awaitChecks(
  job: Job,
  { record, head, application }: Evidence,
  { since, until }: Patience,
  { nextAt, soonAt }: NextLooks,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  if (since === null) {
    await tx.addDecision(
      verdictDecision(record, ports.clock(), {
        rule: 'waiting',
        inputs: { head, until },
        result: `waits for checks${until === null ? '' : `, at most until ${until.toISOString()}`}`,
      }),
    )
  }
  const look = soonAt === null ? null : await tx.commitLook(application.project, head)
  if (look !== null) {
    await tx.saveCommitLook({ ...look, dueAt: look.dueAt ?? soonAt })
  }
  const times = [until, nextAt].flatMap((at) => (at === null ? [] : [at.getTime()]))
  if (times.length > 0) {
    await tx.enqueue('collect', job.key, new Date(Math.min(...times)))
  }
}
