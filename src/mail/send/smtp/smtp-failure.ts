import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import { BotError } from '../../../core/bot-error.ts'
import type { SendResult } from '../../mailer.ts'

/** RFC 4954 6: the server wants another login. That is our fault and not the mail's. */
const loginReplies: readonly number[] = [530, 534, 535, 538]

/** No login was tried: a mail waits for another certificate as it does for a server that is away. */
const ofServer: readonly string[] = ['MAIL_SMTP_CERTIFICATE', 'MAIL_SMTP_FINGERPRINT']

/** Whether the server does not take this user with this secret: not that it failed, or has no time for logins. */
export function isLoginWrong(error: unknown): boolean {
  const { code, responseCode } = Object(error) as SMTPConnection.SMTPError
  return code === 'EAUTH' && responseCode !== undefined && loginReplies.includes(responseCode)
}

/** One line, as short as a note can be. */
export function replyText(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 500)
}

/** What the server said, else what became of the connection. */
function describe(error: SMTPConnection.SMTPError): string {
  return replyText(error.response ?? error.message)
}

function byCode(code: number, reply: string): SendResult {
  return code >= 500 ? { outcome: 'rejected', reply } : { outcome: 'deferred', reply }
}

/**
 * The outcome of a mail whose dialogue ended with `error`. Before the end of the mail was sent it is either refused or
 * can be tried again. Afterwards only a complete negative reply tells (RFC 5321 4.2.1: with 4yz and 5yz the action did
 * not occur); everything else is unknown.
 */
export function dialogueFailure(error: SMTPConnection.SMTPError, isEndSent: boolean): SendResult {
  const code = error.responseCode ?? 0
  const isRefusal = code >= 400 && code < 600
  const said = describe(error)
  if (isEndSent) {
    return isRefusal
      ? byCode(code, `refused after the mail: ${said}`)
      : { outcome: 'unknown', reply: `the end was sent, and no answer came: ${said}` }
  }
  const stage = error.command ?? 'CONN'
  if (isRefusal && !loginReplies.includes(code) && /^(?:MAIL FROM|RCPT TO|DATA)$/.test(stage)) {
    return byCode(code, `refused at ${stage}: ${said}`)
  }
  if (error.code === 'EMESSAGE' && stage === 'MAIL FROM') {
    return { outcome: 'rejected', reply: `larger than the server takes: ${said}` }
  }
  if (stage === 'CONN') {
    // Another server of that name, or this one later, may well take the mail (RFC 5321 3.1).
    return {
      outcome: 'deferred',
      reply: `${isRefusal ? 'refused' : 'failed'} when connecting: ${said}`,
    }
  }
  return { outcome: 'deferred', reply: `failed at ${stage}: ${said}` }
}

/**
 * Throws MAIL_SMTP_LOGIN_REFUSED where the server does not take the login, or there is none to be had: no fault of the mail, which
 * waits until a person has mended it.
 */
export function throwRefusedLogin(error: unknown, host: string): void {
  const isRefused = error instanceof Error && 'code' in error && error.code === 'EAUTH'
  if (!isRefused && (!(error instanceof BotError) || ofServer.includes(error.code))) {
    return
  }
  const message =
    error instanceof BotError
      ? `there is no login for ${host}: ${error.message}`
      : `${host} does not take the login: ${describe(error as SMTPConnection.SMTPError)}`
  throw new BotError('MAIL_SMTP_LOGIN_REFUSED', message, {
    retry: 'later',
    details: { host },
  })
}

/** Throws the error of a connection; nodemailer says the words of a greeting twice that refuses us, and this once. */
export function throwPlainly(error: SMTPConnection.SMTPError): never {
  const isGreeting = error.command === 'CONN' && error.response !== undefined
  throw isGreeting ? new Error(dialogueFailure(error, false).reply, { cause: error }) : error
}
