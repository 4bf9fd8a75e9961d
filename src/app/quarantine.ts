import { loadConfig } from '../config/load-config.ts'
import { noteSeen, type QuarantinedMail, quarantinedMails } from '../flow/acts/quarantine-acts.ts'
import { type MailObject, mailObject } from '../mail/archive-layout.ts'
import { type ActResult, withDesk } from './act.ts'
import { withStore } from './inspect-store.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** A mail that could not be read, and where its bytes are. */
export type ListedQuarantine = QuarantinedMail & MailObject

/** `patchferry quarantine`: newest first; without `all` only what nobody has looked at. */
export async function readQuarantine(
  configFile: string,
  { all, limit }: { readonly all: boolean; readonly limit: number },
  terminal: Terminal,
): Promise<readonly ListedQuarantine[]> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const { archive } = stateLayout(config.stateDirectory)
  const mails = await withStore(config, terminal, (store) =>
    store.read((reader) => quarantinedMails(reader, limit)),
  )
  return mails
    .filter(({ seen }) => all || seen === null)
    .map((mail) => ({ ...mail, ...mailObject(archive, mail.position) }))
}

/** `patchferry quarantine seen`, beside a running service; null for all of them. */
export async function seeQuarantine(
  configFile: string,
  ids: readonly string[] | null,
  reason: string,
  terminal: Terminal,
): Promise<ActResult> {
  return withDesk(configFile, terminal, (by, ports) =>
    noteSeen(ids, { reason, by }, ports, terminal.stopping),
  )
}
