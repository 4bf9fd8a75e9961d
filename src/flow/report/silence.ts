import { mailboxKey } from '../../core/report/report-policy.ts'
import type { StoreReader } from '../../store/store.ts'
import { type ActResult, decide } from '../acts/decide.ts'
import type { FlowPorts } from '../ports.ts'

/** An address that bounced too often. */
export interface Silenced {
  /** In lower case. */
  readonly address: string
  /** From then on it is tried again. */
  readonly until: Date
}

type Decisions = Pick<StoreReader, 'humanDecisions'>

/** When a person last ended the silence of this address: a silence until the moment it was said. The epoch where nobody did. */
export async function heardSince(address: string, reader: Decisions): Promise<Date> {
  const words = await reader.humanDecisions('silence')
  const ended = words.filter(
    ({ at, decision }) => decision.address === address && decision.until <= at,
  )
  return ended.at(-1)?.at ?? new Date(0)
}

/** The addresses that are not written to at `now`, since mails to them came back again and again. */
export async function silenced(reader: Decisions, now: Date): Promise<readonly Silenced[]> {
  const latest = new Map<string, Date>()
  for (const { decision } of await reader.humanDecisions('silence')) {
    latest.set(decision.address, decision.until)
  }
  return [...latest]
    .filter(([, until]) => until > now)
    .map(([address, until]) => ({ address, until }))
}

/** Tries the silenced addresses of one person again (`mailboxKey`); null where there are none. */
export async function endSilence(
  key: string,
  by: string,
  ports: Pick<FlowPorts, 'store' | 'journal' | 'clock'>,
  signal: AbortSignal,
): Promise<ActResult | null> {
  const now = ports.clock()
  const found = await ports.store.read((reader) => silenced(reader, now))
  let last: ActResult | null = null
  for (const { address } of found.filter((one) => mailboxKey(one.address) === key)) {
    last = await decide(
      { kind: 'silence', address, until: now },
      by,
      { record: null, rule: 'silence-ended', result: `${address} is tried again` },
      async () => undefined,
      ports,
      signal,
    )
  }
  return last
}
