import type { Config } from '../config/config.ts'
import { type ChangeableLogger, createLogger } from '../log/logger.ts'
import type { Terminal } from './terminal.ts'

/** The time of this machine. */
export function systemClock(): Date {
  return new Date()
}

/** The log of a process: JSON lines on stderr, or lines for people where a person looks. */
export function openLog(config: Config, terminal: Terminal): ChangeableLogger {
  return createLogger({
    level: config.log.level,
    destination: terminal.stderr,
    secrets: config.secrets,
  })
}
