import { loadConfig } from '../config/load-config.ts'
import { openLog, systemClock } from './open-log.ts'
import { openRuntime } from './runtime.ts'
import { type SyncOutcome, startService, syncOnce } from './serve.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry serve`: resolves when the service was told to stop and has drained. */
export async function serve(configFile: string, terminal: Terminal): Promise<void> {
  const config = await loadConfig(configFile, terminal.env)
  const log = openLog(config, terminal)
  const runtime = await openRuntime(config, { clock: systemClock, log })
  try {
    const service = await startService(config, runtime, terminal)
    log.info(
      { public: service.listening.publicUrl, operator: service.listening.operatorUrl },
      'listening',
    )
    await service.ended
  } finally {
    await runtime.close()
  }
}

/** `patchferry sync`: one pass. */
export async function sync(
  configFile: string,
  maxTimeMs: number | null,
  terminal: Terminal,
): Promise<SyncOutcome> {
  const config = await loadConfig(configFile, terminal.env)
  const log = openLog(config, terminal)
  const runtime = await openRuntime(config, { clock: systemClock, log })
  try {
    return await syncOnce(config, runtime, maxTimeMs, terminal)
  } finally {
    await runtime.close()
  }
}
