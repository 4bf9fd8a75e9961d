import { loadConfig } from '../config/load-config.ts'
import { openLog, systemClock } from './open-log.ts'
import { reloadConfig } from './reload.ts'
import { openRuntime } from './runtime.ts'
import { type SyncOutcome, startService, syncOnce } from './serve.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry serve`: resolves when the service was told to stop and has drained. */
export async function serve(configFile: string, terminal: Terminal): Promise<void> {
  const config = await loadConfig(configFile, terminal.env)
  const log = openLog(config, terminal)
  const runtime = await openRuntime(config, { clock: systemClock, log, tellsDecisions: true })
  try {
    const service = await startService(config, runtime, terminal)
    log.info(
      { public: service.listening.publicUrl, operator: service.listening.operatorUrl },
      'listening',
    )
    let reloading: Promise<unknown> = Promise.resolve()
    const stopHearing = terminal.onHangup(() => {
      reloading = reloading.then(async () => {
        if (await reloadConfig(configFile, runtime, terminal, log)) {
          await service.lookAgain()
        }
      })
    })
    try {
      await service.ended
      await reloading
    } finally {
      stopHearing()
    }
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
  const runtime = await openRuntime(config, { clock: systemClock, log, tellsDecisions: true })
  try {
    return await syncOnce(config, runtime, maxTimeMs, terminal)
  } finally {
    await runtime.close()
  }
}
