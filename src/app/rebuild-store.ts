import { rename, stat } from 'node:fs/promises'
import { loadConfig } from '../config/load-config.ts'
import { type Rebuilt, rebuild } from '../flow/recovery/rebuild.ts'
import { lockWorker } from '../store/sqlite/worker-lock.ts'
import { makeFolder } from '../util/make-folder.ts'
import { openLog, systemClock } from './open-log.ts'
import { requireRestored } from './require-restored.ts'
import { requireRemoteSecrets } from './require-secrets.ts'
import { openRuntime } from './runtime.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

/** A store that is there is set aside, never deleted. Returns where it lies now; null when there was none. */
async function setAside(store: string): Promise<string | null> {
  if (!(await exists(store))) {
    return null
  }
  const stamp = systemClock().toISOString().replace(/[:.]/g, '-')
  const aside = `${store}.before-rebuild-${stamp}`
  for (const suffix of ['-wal', '-shm', '']) {
    if (await exists(`${store}${suffix}`)) {
      await rename(`${store}${suffix}`, `${aside}${suffix}`)
    }
  }
  return aside
}

/**
 * `patchferry rebuild`: makes the store anew from archive, journal and mirror. The service must not run. Throws
 * STORE_WORKER_RUNNING.
 */
export async function rebuildStore(
  configFile: string,
  onProgress: (mails: number) => void,
  terminal: Terminal,
): Promise<Rebuilt & { readonly setAside: string | null }> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  requireRemoteSecrets(config)
  const layout = stateLayout(config.stateDirectory)
  requireRestored(layout)
  await makeFolder(config.stateDirectory, 0o700)
  const lock = lockWorker(layout.workerLock)
  try {
    const aside = await setAside(layout.store)
    const log = openLog(config, terminal)
    const runtime = await openRuntime(config, { clock: systemClock, log })
    try {
      return { ...(await rebuild(runtime.ports, onProgress, terminal.stopping)), setAside: aside }
    } finally {
      await runtime.close()
    }
  } finally {
    lock.release()
  }
}
