import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpLogin, SmtpOptions } from './smtp-options.ts'

/** Longest wait for a connection and its greeting; a server that needs more is tried again later. */
const longestGreetingMs = 60_000

/** A connection that is ready for a mail. */
export interface OpenConnection {
  readonly smtp: SMTPConnection
  /** It takes text beyond ASCII as it is. */
  readonly isEightBit: boolean
}

function newConnection(options: SmtpOptions): SMTPConnection {
  const greetingMs = Math.min(longestGreetingMs, options.timeoutMs)
  return new SMTPConnection({
    host: options.host,
    port: options.port,
    secure: options.security === 'tls',
    requireTLS: options.security === 'starttls',
    ignoreTLS: options.security === 'none',
    ...(options.clientName === null ? {} : { name: options.clientName }),
    connectionTimeout: greetingMs,
    greetingTimeout: greetingMs,
    socketTimeout: options.timeoutMs,
    tls: {
      minVersion: 'TLSv1.2',
      // A pinned certificate is compared by ourselves, before the login.
      rejectUnauthorized: options.fingerprint === null,
      ...(options.authorities === null ? {} : { ca: options.authorities }),
    },
  })
}

function connect(smtp: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    smtp.once('error', reject)
    smtp.once('end', () => reject(new Error('the server closed the connection')))
    smtp.connect((error) => (error === undefined || error === null ? resolve() : reject(error)))
  })
}

function checkPin(smtp: SMTPConnection, fingerprint: string | null): void {
  if (fingerprint === null) {
    return
  }
  const socket = smtp._socket
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  const found = certificate?.fingerprint256.replaceAll(':', '').toLowerCase()
  if (found !== fingerprint) {
    throw new Error(`the certificate of the server is ${found ?? 'none'}, not ${fingerprint}`)
  }
}

function login(smtp: SMTPConnection, { user, password }: SmtpLogin): Promise<void> {
  return new Promise((resolve, reject) => {
    smtp.once('error', reject)
    smtp.once('end', () => reject(new Error('the server closed the connection at the login')))
    smtp.login({ user, pass: password() }, (error) => (error === null ? resolve() : reject(error)))
  })
}

/**
 * Connects, secures, checks the pin and logs in. Rejects with an error of nodemailer or a plain one, with everything
 * closed: no mail has been begun. Once it is aborted it rejects with the reason.
 */
export async function openConnection(
  options: SmtpOptions,
  signal: AbortSignal,
): Promise<OpenConnection> {
  signal.throwIfAborted()
  const smtp = newConnection(options)
  // An error event that nobody hears would end the process.
  smtp.on('error', () => undefined)
  function stop(): void {
    smtp.close()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    await connect(smtp)
    checkPin(smtp, options.fingerprint)
    const greeting = String(smtp.lastServerResponse)
    if (options.login !== null) {
      await login(smtp, options.login)
    }
    return { smtp, isEightBit: /[ -]8BITMIME\b/i.test(greeting) }
  } catch (error) {
    smtp.close()
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    smtp.removeAllListeners('end')
  }
}
