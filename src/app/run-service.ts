import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import type { Logger } from '../log/logger.ts'
import { createLogger } from '../log/logger.ts'
import { openRuntime } from './runtime.ts'
import { type SyncOutcome, startService, syncOnce } from './serve.ts'
import type { Terminal } from './terminal.ts'

/** The time of this machine. */
export function systemClock(): Date {
  return new Date()
}

/** The log of a process: JSON lines on stderr, or lines for people where a person looks. */
export function openLog(config: Config, terminal: Terminal): Logger {
  return createLogger({
    level: config.log.level,
    destination: terminal.stderr,
    secrets: config.secrets,
  })
}

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
