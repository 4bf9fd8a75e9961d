import { loadConfig } from '../config/load-config.ts'
import type { OutboxRecord, OutboxState } from '../core/records.ts'
import type { NotedBounce } from '../core/report/bounce.ts'
import { dropMail, findOutgoing, releaseMail } from '../flow/acts/outbox-acts.ts'
import type { FlowPorts } from '../flow/ports.ts'
import type { StoreReader } from '../store/store.ts'
import { type ActResult, withDesk } from './act.ts'
import { withStore } from './inspect-store.ts'
import type { Terminal } from './terminal.ts'

export type { OutboxRecord, OutboxState } from '../core/records.ts'

/** `nextTryAt` is null for what is not sent by itself. */
export interface Waiting {
  readonly record: OutboxRecord
  readonly nextTryAt: Date | null
}

/** `patchferry outbox`: mails in one of these states, newest first. */
export async function readOutbox(
  configFile: string,
  filter: { readonly states: readonly OutboxState[]; readonly limit: number },
  terminal: Terminal,
): Promise<readonly Waiting[]> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  return withStore(config, terminal, (store) =>
    store.read(async (reader) => withTurns(await reader.outbox(filter), reader)),
  )
}

async function withTurns(
  records: readonly OutboxRecord[],
  reader: StoreReader,
): Promise<readonly Waiting[]> {
  const pending = records.filter(({ state }) => state === 'pending').map(({ key }) => key)
  const turns = await reader.nextTurns(pending)
  return records.map((record) => ({ record, nextTryAt: turns.get(record.key) ?? null }))
}

type NotFound = Exclude<Awaited<ReturnType<typeof findOutgoing>>, { outcome: 'found' }>

function notFound(id: string, found: NotFound): string {
  return found.outcome === 'ambiguous'
    ? `${id} is the end of several: ${found.keys.join(', ')}`
    : `there is no mail ${id} in the outbox; \`patchferry outbox --all\` lists them`
}

/** A mail, and who did not get it. */
export interface Outgoing extends Waiting {
  readonly bounces: readonly NotedBounce[]
}

/** `patchferry outbox show`; a sentence for the person where the id names no mail or several. */
export async function readOutgoing(
  configFile: string,
  id: string,
  terminal: Terminal,
): Promise<Outgoing | string> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  return withStore(config, terminal, async (store) => {
    const found = await store.read((reader) => findOutgoing(id, reader))
    if (found.outcome !== 'found') {
      return notFound(id, found)
    }
    const { record } = found
    const bounces = await store.read((reader) => reader.humanDecisions('bounce'))
    const own = bounces.map(({ decision }) => decision).filter(({ key }) => key === record.key)
    const [waiting = { record, nextTryAt: null }] = await store.read((reader) =>
      withTurns([record], reader),
    )
    return { ...waiting, bounces: own }
  })
}

type ActOnMail = (
  key: string,
  by: string,
  ports: Pick<FlowPorts, 'store' | 'journal' | 'clock'>,
) => Promise<ActResult>

/** Acts on each of these mails, whatever becomes of the others; one result for each, in this order. */
async function actOnMails(
  configFile: string,
  ids: readonly string[],
  terminal: Terminal,
  act: ActOnMail,
): Promise<readonly ActResult[]> {
  return withDesk(configFile, terminal, async (by, ports) => {
    const results: ActResult[] = []
    for (const id of ids) {
      const found = await ports.store.read((reader) => findOutgoing(id, reader))
      results.push(
        found.outcome === 'found'
          ? await act(found.record.key, by, ports)
          : { outcome: 'refused', message: notFound(id, found) },
      )
    }
    return results
  })
}

/** `patchferry outbox release`, beside a running service. */
export async function releaseMails(
  configFile: string,
  ids: readonly string[],
  options: { readonly reason: string; readonly mayArriveTwice: boolean },
  terminal: Terminal,
): Promise<readonly ActResult[]> {
  return actOnMails(configFile, ids, terminal, (key, by, ports) =>
    releaseMail(key, { ...options, by }, ports, terminal.stopping),
  )
}

/** `patchferry outbox drop`, beside a running service. */
export async function dropMails(
  configFile: string,
  ids: readonly string[],
  reason: string,
  terminal: Terminal,
): Promise<readonly ActResult[]> {
  return actOnMails(configFile, ids, terminal, (key, by, ports) =>
    dropMail(key, { reason, by }, ports, terminal.stopping),
  )
}
