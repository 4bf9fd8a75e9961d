import type { Job, StoreTransaction } from '../store/store.ts'
import type { FlowPorts } from './ports.ts'

/** One use case that a job runs. It must call `finish` exactly once: its effects and its end are one transaction. */
export type JobWork = (job: Job, ports: FlowPorts, signal: AbortSignal) => Promise<void>

/** Writes a job's effects and its completion together, or neither. Throws STORE_LEASE_LOST. */
export async function finish(
  job: Job,
  ports: Pick<FlowPorts, 'store'>,
  effects: (tx: StoreTransaction) => Promise<void> = async () => undefined,
): Promise<void> {
  await ports.store.transaction(async (tx) => {
    await effects(tx)
    await tx.complete(job)
  })
}
