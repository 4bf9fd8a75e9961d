import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Decision } from '../core/decision.ts'
import { defaultLooseGapMs } from '../core/loose-join.ts'
import { explain, type Status, status } from '../flow/inspect.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** Opens the store beside a running service, looks, and closes it. Throws STORE_NOT_MIGRATED where there is none. */
export async function withStore<T>(config: Config, work: (store: Store) => Promise<T>): Promise<T> {
  const { store: file } = stateLayout(config.stateDirectory)
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs, mustExist: true })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** `patchferry status`. */
export async function readStatus(configFile: string, terminal: Terminal): Promise<Status> {
  const config = await loadConfig(configFile, terminal.env)
  return withStore(config, status)
}

/** `patchferry explain`; null when nothing is known of `id`. */
export async function readExplanation(
  configFile: string,
  id: string,
  terminal: Terminal,
): Promise<readonly Decision[] | null> {
  const config = await loadConfig(configFile, terminal.env)
  return withStore(config, (store) => explain(id, store))
}
