import { loadConfig } from '../config/load-config.ts'
import { openLog, systemClock } from './open-log.ts'
import { reloadConfig } from './reload.ts'
import { openRuntime } from './runtime.ts'
import { type SyncOutcome, startService, syncOnce } from './serve.ts'
import type { Terminal } from './terminal.ts'

/** `patchferry serve`: resolves when the service was told to stop and has drained. */
export async function serve(configFile: string, terminal: Terminal): Promise<void> {
  // Until the service is up it is only remembered.
  let isAsked = false
  let reload: (() => void) | null = null
  const stopHearing = terminal.onHangup(() => {
    isAsked = true
    reload?.()
  })
  try {
    const config = await loadConfig(configFile, terminal.env)
    const log = openLog(config, terminal)
    const runtime = await openRuntime(config, { clock: systemClock, log, tellsDecisions: true })
    try {
      const service = await startService(config, runtime, terminal)
      const { publicUrl, operatorUrl } = service.listening
      log.info({ public: publicUrl, operator: operatorUrl }, 'listening')
      let reloading: Promise<unknown> = Promise.resolve()
      reload = () => {
        reloading = reloading.then(async () => {
          if (await reloadConfig(configFile, runtime, terminal, log)) {
            await service.lookAgain()
          }
        })
      }
      if (isAsked) {
        reload()
      }
      await service.ended
      await reloading
    } finally {
      await runtime.close()
    }
  } finally {
    stopHearing()
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
