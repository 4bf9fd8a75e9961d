import { existsSync } from 'node:fs'
import { loadConfig } from '../config/load-config.ts'
import type { MessageId } from '../core/ids.ts'
import { mailRef } from '../core/ref-name.ts'
import { type FoundRef, findRef } from '../flow/acts/find-ref.ts'
import { withStore } from './inspect-store.ts'
import { requireRestored } from './require-restored.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/**
 * `patchferry ref`: needs no configuration and no store; where there are both, the store knows commits, and which refs were
 * folded, even if `retention.mailRefs` is gone since.
 */
export async function findRefs(
  configFile: string,
  mails: readonly MessageId[],
  terminal: Terminal,
): Promise<readonly FoundRef[]> {
  const own = mails.map((mail) => ({ ref: mailRef(mail), commit: null }))
  if (!existsSync(configFile)) {
    return own
  }
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const layout = stateLayout(config.stateDirectory)
  requireRestored(layout)
  if (!Number.isFinite(config.retention.mailRefsMs) && !existsSync(layout.store)) {
    return own
  }
  return withStore(config, terminal, async (store) =>
    store.read(async (reader) => {
      const refs: FoundRef[] = []
      for (const mail of mails) {
        refs.push(await findRef(mail, reader))
      }
      return refs
    }),
  )
}
