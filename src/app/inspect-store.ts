import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Decision } from '../core/decision.ts'
import { defaultLooseGapMs } from '../core/loose-join.ts'
import { explain, type Status, status } from '../flow/inspect.ts'
import { type Silenced, silenced } from '../flow/silence.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { systemClock } from './run-service.ts'
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

/** What `--json` prints, and what it has no place for. */
interface StoreStatus {
  readonly status: Status
  readonly silenced: readonly Silenced[]
}

/** `patchferry status`. */
export async function readStatus(configFile: string, terminal: Terminal): Promise<StoreStatus> {
  const config = await loadConfig(configFile, terminal.env)
  return withStore(config, async (store) => ({
    status: await status(store),
    silenced: await store.read((reader) => silenced(reader, systemClock())),
  }))
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
