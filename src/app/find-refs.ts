import { existsSync } from 'node:fs'
import { loadConfig } from '../config/load-config.ts'
import type { MessageId, RefName } from '../core/ids.ts'
import { mailRef } from '../core/ref-name.ts'
import { findRef } from '../flow/acts/find-ref.ts'
import { withStore } from './inspect-store.ts'
import { requireRestored } from './require-restored.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry ref`: needs no configuration; where there is one by which old refs are folded, the store knows which. */
export async function findRefs(
  configFile: string,
  mails: readonly MessageId[],
  terminal: Terminal,
): Promise<readonly RefName[]> {
  if (!existsSync(configFile)) {
    return mails.map(mailRef)
  }
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  requireRestored(stateLayout(config.stateDirectory))
  if (!Number.isFinite(config.retention.mailRefsMs)) {
    return mails.map(mailRef)
  }
  return withStore(config, terminal, async (store) =>
    store.read(async (reader) => {
      const refs: RefName[] = []
      for (const mail of mails) {
        refs.push(await findRef(mail, reader))
      }
      return refs
    }),
  )
}
