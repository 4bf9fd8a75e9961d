import { BotError, type Retry } from '../../core/bot-error.ts'
import type { Redactor } from '../../log/redact.ts'
import type { SourcePlace } from './source-fault.ts'

/** A fault of an IMAP source. imapflow's own error is no cause: it may hold the command line of a login. */
export function imapFault(
  code: string,
  message: string,
  place: SourcePlace,
  retry: Retry,
  details: Readonly<Record<string, unknown>> = {},
): BotError {
  return new BotError(code, `source ${place.name}: ${message}`, {
    retry,
    details: { source: place.name, path: place.path, ...details },
  })
}

/** Response codes of a refusal that passes by itself (RFC 5530). */
const passing = /^(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)$/i

/** The fault of a connection that did not come about. */
export function connectFault(place: SourcePlace, error: unknown, redact: Redactor): Error {
  if (error instanceof BotError) {
    return error
  }
  const said = redact(saidBy(error))
  if (fieldOf(error, 'tlsFailed') === true) {
    const message = `${place.path} offers no usable TLS: ${said}`
    return imapFault('MAIL_IMAP_TLS_FAILED', message, place, 'after-human')
  }
  const isRefused = fieldOf(error, 'authenticationFailed') === true
  if (!isRefused || passing.test(String(fieldOf(error, 'serverResponseCode')))) {
    const message = `${place.path} cannot be reached: ${said}`
    return imapFault('MAIL_IMAP_UNREACHABLE', message, place, 'later')
  }
  const message = `${place.path} refuses the login: ${said}`
  return imapFault('MAIL_IMAP_LOGIN_REFUSED', message, place, 'after-human')
}

/** Whether the server answered, with NO or BAD, and the connection stands. */
export function isAnswer(error: unknown): boolean {
  return /^(?:NO|BAD)$/.test(String(fieldOf(error, 'responseStatus')))
}

/** What the server, or else the system, said: one line. */
export function saidBy(error: unknown): string {
  const texts = ['responseText', 'response', 'reason', 'message'].map((key) => fieldOf(error, key))
  const said = texts.find((text): text is string => typeof text === 'string' && text !== '')
  return (said ?? String(error)).replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 300)
}

function fieldOf(error: unknown, key: string): unknown {
  return error instanceof Error ? Reflect.get(error, key) : undefined
}
