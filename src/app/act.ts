import { loadConfig } from '../config/load-config.ts'
import type { TopicId } from '../core/ids.ts'
import type { ActPorts, ActResult } from '../flow/acts/decide.ts'
import { findTopic } from '../flow/acts/inspect.ts'
import { link, type SaidBy, undoLink, unlink } from '../flow/acts/link-acts.ts'
import { approve, retest, withdraw } from '../flow/acts/operator-acts.ts'
import { split, undoSplit } from '../flow/acts/split-acts.ts'
import { requireOwnJournal } from '../flow/recovery/require-own-store.ts'
import { type ConsentWord, optOut } from '../flow/report/opt-out.ts'
import { withStore } from './inspect-store.ts'
import { openLog, systemClock } from './open-log.ts'
import { openJournal } from './open-records.ts'
import { personHere } from './person-here.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

export type { ActResult } from '../flow/acts/decide.ts'

type Act = (topic: TopicId, by: string, ports: ActPorts) => Promise<ActResult>

/** Opens what an act needs, beside a running service. Throws FLOW_RECORDS_LOST: a word in a new journal would hide that the old one is gone. */
export async function withDesk<T>(
  configFile: string,
  terminal: Terminal,
  work: (by: string, ports: ActPorts) => Promise<T>,
): Promise<T> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  return withStore(config, terminal, async (store) => {
    const { journal: directory } = stateLayout(config.stateDirectory)
    const journal = await openJournal(directory, openLog(config, terminal))
    try {
      await requireOwnJournal(store, journal, terminal.stopping)
      return await work(personHere(terminal.env), { store, journal, clock: systemClock })
    } finally {
      await journal.close()
    }
  })
}

/** Acts on the topic that `id` names, beside a running service, which is woken by the job that the act leaves. */
async function act(
  configFile: string,
  id: string,
  terminal: Terminal,
  work: Act,
): Promise<ActResult> {
  return withDesk(configFile, terminal, async (by, ports) => {
    const topic = await ports.store.read((reader) => findTopic(id, reader))
    if (topic === null) {
      const message = `there is no topic ${id}; \`patchferry status\` lists the topics`
      return { outcome: 'refused', message }
    }
    return work(topic, by, ports)
  })
}

/** `patchferry approve`. */
export async function approveTopic(
  configFile: string,
  id: string,
  version: string | null,
  terminal: Terminal,
): Promise<ActResult> {
  return act(configFile, id, terminal, (topic, by, ports) =>
    approve(topic, { version, head: null }, by, ports, terminal.stopping),
  )
}

/** `patchferry withdraw`. */
export async function withdrawTopic(
  configFile: string,
  id: string,
  reason: string,
  terminal: Terminal,
): Promise<ActResult> {
  return act(configFile, id, terminal, (topic, by, ports) =>
    withdraw(topic, reason, by, ports, terminal.stopping),
  )
}

/** `patchferry retest`. */
export async function retestTopic(
  configFile: string,
  id: string,
  version: string | null,
  terminal: Terminal,
): Promise<ActResult> {
  return act(configFile, id, terminal, (topic, by, ports) => retest(topic, version, by, ports))
}

/** `patchferry opt-out`, its `--undo`, and `patchferry opt-in`. */
export async function optOutAddress(
  configFile: string,
  address: string,
  word: ConsentWord,
  terminal: Terminal,
): Promise<ActResult> {
  return withDesk(configFile, terminal, (by, ports) =>
    optOut(address, word, by, ports, terminal.stopping),
  )
}

/** A correction of links or membership, as asked for on the command line. */
export type AskedCorrection =
  | { readonly act: 'link'; readonly mail: string; readonly topic: string }
  | { readonly act: 'unlink'; readonly mail: string }
  | { readonly act: 'undo-link'; readonly mail: string }
  | { readonly act: 'split'; readonly mail: string; readonly to: string | null }
  | { readonly act: 'undo-split'; readonly mail: string }

function perform(
  asked: AskedCorrection,
  said: SaidBy,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  switch (asked.act) {
    case 'link':
      return link(asked.mail, asked.topic, said, ports, signal)
    case 'unlink':
      return unlink(asked.mail, said, ports, signal)
    case 'undo-link':
      return undoLink(asked.mail, said, ports, signal)
    case 'split':
      return split(asked.mail, asked.to, said, ports, signal)
    case 'undo-split':
      return undoSplit(asked.mail, said, ports, signal)
  }
}

/** `patchferry link`, `unlink` and `split`, each with its `--undo`. */
export async function correct(
  configFile: string,
  asked: AskedCorrection,
  reason: string,
  terminal: Terminal,
): Promise<ActResult> {
  return withDesk(configFile, terminal, (by, ports) =>
    perform(asked, { reason, by }, ports, terminal.stopping),
  )
}
