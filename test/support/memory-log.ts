import { createLogger, type Logger } from '../../src/log/logger.ts'

export interface MemoryLog {
  readonly logger: Logger
  /** Every line so far, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  /** Every line so far, as written. */
  readonly text: () => string
}

/** A logger at level debug that keeps what is written. */
export function memoryLog(secrets: readonly string[] = []): MemoryLog {
  const lines: Record<string, unknown>[] = []
  const written: string[] = []
  const destination = {
    write: (line: string) => {
      written.push(line)
      lines.push(JSON.parse(line) as Record<string, unknown>)
    },
  }
  return {
    logger: createLogger({ level: 'debug', destination, secrets, format: 'json' }),
    lines,
    text: () => written.join(''),
  }
}

/** For tests that do not look at the log. */
export function memoryLogger(): Logger {
  return memoryLog().logger
}
