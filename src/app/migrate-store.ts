import { loadConfig } from '../config/load-config.ts'
import { defaultLooseGapMs } from '../core/series/loose-join.ts'
import { requireFoundState } from '../flow/recovery/require-own-store.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { makeFolder } from '../util/make-folder.ts'
import { requireRestored } from './require-restored.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry migrate`: brings the store up to date, as `serve` and `sync` do when they start. Throws FLOW_STATE_LOST where one of these did. */
export async function migrateStore(
  configFile: string,
  terminal: Terminal,
): Promise<{ readonly from: number; readonly to: number }> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const layout = stateLayout(config.stateDirectory)
  requireRestored(layout)
  await makeFolder(config.stateDirectory, 0o700)
  const store = await openSqliteStore(layout.store, { looseGapMs: defaultLooseGapMs })
  try {
    const done = await store.migrate()
    await store.read(requireFoundState)
    return done
  } finally {
    await store.close()
  }
}
