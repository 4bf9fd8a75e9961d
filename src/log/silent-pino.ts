import { type Logger as PinoLogger, pino } from 'pino'

/** For libraries that insist on pino and write what must not be written, such as whole payloads of strangers. */
export function silentPino(): PinoLogger {
  return pino({ level: 'silent' })
}
