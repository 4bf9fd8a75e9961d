import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { OutgoingMail } from '../../../core/report/outgoing-mail.ts'
import type { Mailer, SendResult } from '../../mailer.ts'
import { composeMail } from '../compose-mail.ts'
import { envelopeOf } from '../envelope.ts'
import { createLoginGate } from './login-gate.ts'
import { type OpenConnection, openConnection } from './open-connection.ts'
import { speak } from './smtp-dialogue.ts'
import { dialogueFailure, isLoginWrong, throwRefusedLogin } from './smtp-failure.ts'
import type { SmtpOptions } from './smtp-options.ts'

/** A connection is kept so long for the next mail: shorter than servers wait. */
const idleMs = 10_000
/** Servers limit it; a new connection costs little. */
const mailsPerConnection = 50

interface KeptConnection extends OpenConnection {
  readonly mails: number
  readonly idle: NodeJS.Timeout
}

/**
 * Sends by one mail server, one mail at a time, over a connection that is kept while mails follow each other. It
 * cannot tell whether a mail was taken once the dialogue is over. Throws what `composeMail`
 * throws, and the reason of an abort before the end of the mail was sent.
 */
export function smtpMailer(
  options: SmtpOptions,
  nowMs: () => number = () => performance.now(),
): Mailer {
  const gate = createLoginGate(nowMs)
  let last: Promise<unknown> = Promise.resolve()
  let kept: KeptConnection | null = null

  function drop(): void {
    if (kept !== null) {
      clearTimeout(kept.idle)
      kept.smtp.quit()
      kept = null
    }
  }

  function keep(connection: OpenConnection, mails: number): void {
    const idle = setTimeout(drop, idleMs)
    idle.unref()
    kept = { ...connection, mails, idle }
  }

  function takeKept(): KeptConnection | null {
    const taken = kept
    kept = null
    if (taken !== null) {
      clearTimeout(taken.idle)
    }
    return taken?.smtp._socket !== false && taken?.smtp._socket?.destroyed === false ? taken : null
  }

  async function connect(signal: AbortSignal): Promise<OpenConnection> {
    const { login } = options
    if (login === null) {
      return openConnection(options, signal)
    }
    const given = await login.secret(signal)
    gate.pass(given)
    try {
      const asGiven = { ...options, login: { ...login, secret: async () => given } }
      const connection = await openConnection(asGiven, signal)
      gate.accepted()
      return connection
    } catch (error) {
      if (isLoginWrong(error)) {
        gate.refused(given, error)
      }
      throw error
    }
  }

  async function over(
    connection: OpenConnection,
    mails: number,
    mail: OutgoingMail,
    toAll: boolean,
    signal: AbortSignal,
  ): Promise<SendResult> {
    const envelope = envelopeOf(mail, options.returnPath(mail.messageId))
    const { smtp, isEightBit } = connection
    const bytes = composeMail(mail, isEightBit)
    const result = await speak(smtp, envelope, bytes, { isEightBit, toAll }, signal)
    if ((result.outcome === 'accepted' || result.outcome === 'partly') && mails > 1) {
      keep(connection, mails - 1)
    } else {
      smtp.quit()
    }
    return result
  }

  async function deliver(
    mail: OutgoingMail,
    toAll: boolean,
    signal: AbortSignal,
  ): Promise<SendResult> {
    signal.throwIfAborted()
    // Before anything is connected: what cannot be composed keeps no server busy.
    envelopeOf(mail, options.returnPath(mail.messageId))
    composeMail(mail)
    const old = takeKept()
    if (old !== null) {
      const result = await over(old, old.mails, mail, toAll, signal)
      if (result.outcome !== 'deferred') {
        return result
      }
      // Nothing was taken, and the kept connection may have gone stale: a fresh one tells.
    }
    let fresh: OpenConnection
    try {
      fresh = await connect(signal)
    } catch (error) {
      signal.throwIfAborted()
      throwRefusedLogin(error, options.host)
      return dialogueFailure(error as SMTPConnection.SMTPError, false)
    }
    return over(fresh, mailsPerConnection, mail, toAll, signal)
  }

  function inTurn(mail: OutgoingMail, toAll: boolean, signal: AbortSignal): Promise<SendResult> {
    const sent = last.then(() => deliver(mail, toAll, signal))
    last = sent.catch(() => undefined)
    return sent
  }

  return {
    send: (mail, signal) => inTurn(mail, false, signal),
    sendToAll: (mail, signal) => inTurn(mail, true, signal),
    async wasAccepted(_messageId, signal) {
      signal.throwIfAborted()
      return null
    },
    async close() {
      await last
      drop()
    },
  }
}
