import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import { BotError } from '../../../core/bot-error.ts'
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
    opportunisticTLS: options.security === 'opportunistic',
    ...(options.clientName === null ? {} : { name: options.clientName }),
    connectionTimeout: greetingMs,
    greetingTimeout: greetingMs,
    socketTimeout: options.timeoutMs,
    tls: {
      minVersion: 'TLSv1.2',
      // The certificate is judged below, before the login: Node shows nobody the one that it refuses.
      rejectUnauthorized: false,
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

/** Upper-case hex with colons; null without TLS. To be asked once: Node gives the certificate a second time to nobody. */
function fingerprintOf(smtp: SMTPConnection): string | null {
  const socket = smtp._socket
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return certificate?.fingerprint256 ?? null
}

function untrusted(code: string, message: string, fingerprint: string | null): BotError {
  return new BotError(code, message, { retry: 'after-human', details: { fingerprint } })
}

/** Throws MAIL_SMTP_CERTIFICATE or MAIL_SMTP_FINGERPRINT for a certificate, `found`, that is not one we want. */
function judge(
  socket: SMTPConnection['_socket'],
  found: string | null,
  { host, port, security, fingerprint }: SmtpOptions,
): void {
  const shown = found === null ? 'it shows none' : `its SHA-256 fingerprint is ${found}`
  if (fingerprint !== null) {
    if (found?.replaceAll(':', '').toLowerCase() !== fingerprint) {
      const message = `the certificate of ${host}:${port} is another than the one configured: ${shown}`
      throw untrusted('MAIL_SMTP_FINGERPRINT', message, found)
    }
    return
  }
  const isRequired = security === 'tls' || security === 'starttls'
  if (isRequired && !(socket instanceof TLSSocket && socket.authorized)) {
    const why = socket instanceof TLSSocket ? String(socket.authorizationError) : 'there is no TLS'
    const message = `the certificate of ${host}:${port} is not valid: ${why}; ${shown}`
    throw untrusted('MAIL_SMTP_CERTIFICATE', message, found)
  }
}

async function login(
  smtp: SMTPConnection,
  { user, kind, secret }: SmtpLogin,
  signal: AbortSignal,
): Promise<void> {
  const given = await secret(signal)
  const auth =
    kind === 'password'
      ? { user, pass: given }
      : { user, method: 'XOAUTH2', oauth2: new XOAuth2({ user, accessToken: given }) }
  return new Promise((resolve, reject) => {
    smtp.once('error', reject)
    smtp.once('end', () => reject(new Error('the server closed the connection at the login')))
    smtp.login(auth, (error) => (error === null ? resolve() : reject(error)))
  })
}

/** What was reached, for a person. */
function encryptionOf(smtp: SMTPConnection, fingerprint: string | null): string {
  const socket = smtp._socket
  if (!(socket instanceof TLSSocket)) {
    return 'not encrypted'
  }
  const trust = socket.authorized ? 'valid for the host' : 'not vouched for by a known authority'
  return `encrypted by ${socket.getProtocol() ?? 'TLS'}, certificate ${trust}, SHA-256 ${fingerprint ?? 'unknown'}`
}

/**
 * Connects, secures, judges the certificate and logs in. Rejects with MAIL_SMTP_CERTIFICATE, MAIL_SMTP_FINGERPRINT, an
 * error of nodemailer or a plain one, with everything closed: no mail has been begun. Once it is aborted it rejects with the reason. `onStep` hears of each step in words for
 * a person.
 */
export async function openConnection(
  options: SmtpOptions,
  signal: AbortSignal,
  onStep: (reached: string) => void = () => undefined,
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
    onStep(`connected to ${options.host}:${options.port}`)
    const found = fingerprintOf(smtp)
    onStep(encryptionOf(smtp, found))
    judge(smtp._socket, found, options)
    const greeting = String(smtp.lastServerResponse)
    if (options.login !== null) {
      await login(smtp, options.login, signal)
      onStep(`logged in as ${options.login.user}`)
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
