import { loadConfig } from '../config/load-config.ts'
import { mergeReloaded } from '../config/reload.ts'
import type { ChangeableLogger } from '../log/logger.ts'
import type { Runtime } from './runtime.ts'
import type { Terminal } from './terminal.ts'

/**
 * Reads the configuration of a running service again and takes over what is safe; the log says what that is, and what needs
 * a restart. One that is wrong changes nothing, and the log says why. Never rejects. True when anything is different now.
 */
export async function reloadConfig(
  file: string,
  runtime: Runtime,
  terminal: Pick<Terminal, 'env'>,
  log: ChangeableLogger,
): Promise<boolean> {
  try {
    const wanted = await loadConfig(file, terminal.env)
    const { config, taken, needsRestart } = mergeReloaded(runtime.config, wanted)
    runtime.reconfigure(config)
    log.change({ level: config.log.level, secrets: config.secrets })
    log.info({ file, taken }, 'configuration read again, mail templates too')
    if (needsRestart.length > 0) {
      log.warn({ file, needsRestart }, 'only a restart brings some of what was changed')
    }
    return true
  } catch (error) {
    log.error({ file, err: error }, 'the new configuration is not used, the old one still holds')
    return false
  }
}
