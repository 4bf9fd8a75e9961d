import { readFile } from 'node:fs/promises'
import type { DeliveryConfig } from '../config/config.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { ReturnPaths } from '../mail/return-paths.ts'
import { maildirMailer } from '../mail/send/maildir-mailer.ts'
import { oneReturnPath } from '../mail/send/return-paths.ts'
import { openConnection } from '../mail/send/smtp/open-connection.ts'
import { smtpMailer } from '../mail/send/smtp/smtp-mailer.ts'
import type { SmtpOptions } from '../mail/send/smtp/smtp-options.ts'

type SmtpWay = Extract<DeliveryConfig['way'], { kind: 'smtp' }>

async function toOptions(way: SmtpWay, returnPaths: ReturnPaths): Promise<SmtpOptions> {
  const { authoritiesFile, login } = way
  return {
    host: way.host,
    port: way.port,
    security: way.security,
    authorities: authoritiesFile === null ? null : await readFile(authoritiesFile, 'utf8'),
    fingerprint: way.fingerprint,
    login: login === null ? null : { user: login.user, password: () => login.password.reveal() },
    clientName: way.clientName,
    timeoutMs: way.timeoutMs,
    returnPath: (messageId) => returnPaths.of(messageId),
  }
}

/** The configured way out. Rejects when the file of authorities cannot be read; connects to nothing yet. */
export async function openMailer(
  way: DeliveryConfig['way'],
  returnPaths: ReturnPaths,
): Promise<Mailer> {
  return way.kind === 'maildir'
    ? maildirMailer(way.path)
    : smtpMailer(await toOptions(way, returnPaths))
}

const noReturnPaths = oneReturnPath('')

/** Connects, secures and logs in, and sends nothing. Returns what was tried, for a person; rejects with what went wrong. */
export async function tryServer(way: SmtpWay, signal: AbortSignal): Promise<string> {
  const { smtp, isEightBit } = await openConnection(await toOptions(way, noReturnPaths), signal)
  smtp.quit()
  const steps = [
    `${way.host}:${way.port} answers`,
    way.security === 'none' ? 'not encrypted' : `${way.security} works`,
    way.login === null ? 'no login' : `logged in as ${way.login.user}`,
    isEightBit ? '8BITMIME' : 'no 8BITMIME',
  ]
  return steps.join(', ')
}
