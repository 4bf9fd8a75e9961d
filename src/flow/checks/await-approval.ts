import type { Verdict } from '../../core/checks/verdict.ts'
import { verdictInFull } from '../../core/checks/verdict-words.ts'
import type { Job, StoreTransaction } from '../../store/store.ts'
import type { FlowPorts } from '../ports.ts'
import type { Evidence } from './gather-evidence.ts'
import { verdictDecision } from './verdict-decision.ts'

/** Looks again now and then whether a person let CI begin, which no deadline hastens; the first time it is a decision. */
export async function awaitApproval(
  job: Job,
  { record, head, approvalSince }: Evidence,
  verdict: Verdict,
  nextAt: Date | null,
  ports: Pick<FlowPorts, 'clock'>,
  tx: StoreTransaction,
): Promise<void> {
  if (approvalSince === null) {
    await tx.addDecision(
      verdictDecision(record, ports.clock(), {
        rule: 'approval-needed',
        inputs: { head, approvalUrl: verdict.approvalUrl },
        result: verdictInFull(verdict),
      }),
    )
  }
  if (nextAt !== null) {
    await tx.enqueue('collect', job.key, nextAt)
  }
}
