import { readFile } from 'node:fs/promises'
import type { DeliveryConfig } from '../config/config.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { ReturnPaths } from '../mail/return-paths.ts'
import { maildirMailer } from '../mail/send/maildir-mailer.ts'
import { oneReturnPath } from '../mail/send/return-paths.ts'
import { sendmailMailer } from '../mail/send/sendmail-mailer.ts'
import { openConnection } from '../mail/send/smtp/open-connection.ts'
import { throwPlainly } from '../mail/send/smtp/smtp-failure.ts'
import { smtpMailer } from '../mail/send/smtp/smtp-mailer.ts'
import type { SmtpLogin, SmtpOptions } from '../mail/send/smtp/smtp-options.ts'
import { secretOf } from './open-sources.ts'

type SmtpWay = Extract<DeliveryConfig['way'], { kind: 'smtp' }>

function toLogin({ user, credential }: NonNullable<SmtpWay['login']>): SmtpLogin {
  const secret = secretOf(credential, process.env)
  const isToken = credential.kind === 'token-command' || credential.kind === 'token-file'
  return {
    user,
    kind: isToken ? 'token' : 'password',
    secret: (signal) => secret('delivery', signal),
  }
}

async function toOptions(way: SmtpWay, returnPaths: ReturnPaths): Promise<SmtpOptions> {
  const { authoritiesFile, login } = way
  return {
    host: way.host,
    port: way.port,
    security: way.security,
    authorities: authoritiesFile === null ? null : await readFile(authoritiesFile, 'utf8'),
    fingerprint: way.fingerprint,
    login: login === null ? null : toLogin(login),
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
  switch (way.kind) {
    case 'maildir':
      return maildirMailer(way.path)
    case 'smtp':
      return smtpMailer(await toOptions(way, returnPaths))
    case 'sendmail': {
      const { argv, timeoutMs } = way
      return sendmailMailer({ argv, timeoutMs, returnPath: (id) => returnPaths.of(id) })
    }
  }
}

const noReturnPaths = oneReturnPath('')

/**
 * Connects, secures and logs in, and sends nothing. `onStep` hears of each step in words for a person; rejects with what
 * went wrong.
 */
export async function tryServer(
  way: SmtpWay,
  onStep: (reached: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const options = await toOptions(way, noReturnPaths)
  const { smtp, isEightBit } = await openConnection(options, signal, onStep).catch(throwPlainly)
  onStep(isEightBit ? 'takes 8BITMIME' : 'does not take 8BITMIME')
  smtp.quit()
}
