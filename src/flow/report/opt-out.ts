import { isMailable } from '../../core/report/mailable.ts'
import { mailboxKey } from '../../core/report/report-policy.ts'
import type { StoreReader } from '../../store/store.ts'
import { type ActResult, decide, refused } from '../acts/decide.ts'
import type { FlowPorts } from '../ports.ts'
import { endSilence } from './silence.ts'

/** What a person says about mail to an address: none any more, again, or that they ask for it. */
export type ConsentWord = 'opt-out' | 'opt-out-undone' | 'opt-in'

function objection(key: string, word: ConsentWord, { optedOut, optedIn }: Consents): string | null {
  switch (word) {
    case 'opt-out':
      return optedOut.includes(key) ? `${key} is opted out already` : null
    case 'opt-out-undone':
      return optedOut.includes(key) ? null : `${key} is not opted out`
    case 'opt-in':
      return optedIn.includes(key) ? `${key} is opted in already` : null
  }
}

/**
 * From now on nothing is written to this address, or reports may be (again). Stands in the journal; the newest word
 * about an address counts, and `ada+lists@` is `ada@`. What is in the outbox already is
 * sent without them. An address that was
 * silenced for its bounces is tried again when somebody undoes that or opts it in.
 */
export async function optOut(
  address: string,
  word: ConsentWord,
  by: string,
  ports: Pick<FlowPorts, 'store' | 'journal' | 'clock'>,
  signal: AbortSignal,
): Promise<ActResult> {
  const key = mailboxKey(address)
  if (!isMailable(key)) {
    return refused(`${address} is no address that reports could go to; write it as ada@example.org`)
  }
  const isOut = word === 'opt-out'
  const heard = isOut ? null : await endSilence(key, by, ports, signal)
  const refusal = objection(key, word, await ports.store.read(consents))
  if (refusal !== null) {
    return heard ?? refused(refusal)
  }
  const results: Readonly<Record<ConsentWord, string>> = {
    'opt-out': `${key} gets no more reports`,
    'opt-out-undone': `${key} gets reports again`,
    'opt-in': `${key} gets reports, also where people must ask for them`,
  }
  return decide(
    { kind: 'opt-out', address: key, isOut },
    by,
    { record: null, rule: isOut ? 'opt-out' : 'opt-in', result: results[word] },
    async () => undefined,
    ports,
    signal,
  )
}

/** What people said about mail to them, in the form in which addresses are compared. */
export interface Consents {
  readonly optedOut: readonly string[]
  readonly optedIn: readonly string[]
}

/** The newest word about each address. */
export async function consents(reader: Pick<StoreReader, 'humanDecisions'>): Promise<Consents> {
  const latest = new Map<string, boolean>()
  for (const { decision } of await reader.humanDecisions('opt-out')) {
    latest.set(mailboxKey(decision.address), decision.isOut)
  }
  function whoSaid(isOut: boolean): readonly string[] {
    return [...latest].filter(([, word]) => word === isOut).map(([address]) => address)
  }
  return { optedOut: whoSaid(true), optedIn: whoSaid(false) }
}
