import { loadConfig } from '../config/load-config.ts'
import { defaultLooseGapMs } from '../core/series/loose-join.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { makeFolder } from '../util/make-folder.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry migrate`: brings the store up to date, as `serve` and `sync` do when they start. */
export async function migrateStore(
  configFile: string,
  terminal: Terminal,
): Promise<{ readonly from: number; readonly to: number }> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  await makeFolder(config.stateDirectory, 0o700)
  const { store: file } = stateLayout(config.stateDirectory)
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
  try {
    return await store.migrate()
  } finally {
    await store.close()
  }
}
