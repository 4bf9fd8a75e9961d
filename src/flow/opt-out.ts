import { isMailable } from '../core/mailable.ts'
import { mailboxKey } from '../core/report-policy.ts'
import type { StoreReader } from '../store/store.ts'
import { type ActResult, decide, refused } from './operator-acts.ts'
import type { FlowPorts } from './ports.ts'

/**
 * From now on nothing is written to this address, or, with `isOut` false, reports may be again. Stands in the journal;
 * the newest word about an address counts, and `ada+lists@` is `ada@`. What is in the outbox already is not changed.
 */
export async function optOut(
  address: string,
  isOut: boolean,
  by: string,
  ports: Pick<FlowPorts, 'store' | 'journal' | 'clock'>,
  signal: AbortSignal,
): Promise<ActResult> {
  const key = mailboxKey(address)
  if (!isMailable(key)) {
    return refused(`${address} is no address that reports could go to; write it as ada@example.org`)
  }
  const silent = await ports.store.read((reader) => optedOut(reader))
  if (silent.includes(key) === isOut) {
    return refused(isOut ? `${key} is opted out already` : `${key} is not opted out`)
  }
  const result = isOut ? `${key} gets no more reports` : `${key} gets reports again`
  return decide(
    { kind: 'opt-out', address: key, isOut },
    by,
    { record: null, rule: 'opt-out', result },
    async () => undefined,
    ports,
    signal,
  )
}

/** The addresses that want no reports, in the form in which addresses are compared. */
export async function optedOut(
  reader: Pick<StoreReader, 'humanDecisions'>,
): Promise<readonly string[]> {
  const latest = new Map<string, boolean>()
  for (const { decision } of await reader.humanDecisions('opt-out')) {
    latest.set(mailboxKey(decision.address), decision.isOut)
  }
  return [...latest].filter(([, isOut]) => isOut).map(([address]) => address)
}
