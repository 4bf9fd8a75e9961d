import { mkdir } from 'node:fs/promises'
import { loadConfig } from '../config/load-config.ts'
import { withStore } from './inspect-store.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry migrate`: brings the store up to date, as `serve` and `sync` do when they start. */
export async function migrateStore(
  configFile: string,
  terminal: Terminal,
): Promise<{ readonly from: number; readonly to: number }> {
  const config = await loadConfig(configFile, terminal.env)
  await mkdir(config.stateDirectory, { recursive: true })
  return withStore(config, (store) => store.migrate())
}
