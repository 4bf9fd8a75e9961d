import { TLSSocket } from 'node:tls'
import type { ImapFlow } from 'imapflow'
import { BotError } from '../../core/bot-error.ts'
import { createRedactor } from '../../log/redact.ts'
import { connectFault, imapFault } from './imap-fault.ts'
import type { ImapLogin } from './imap-login.ts'
import type { SourcePlace } from './source-fault.ts'

export interface ImapServer {
  readonly host: string
  readonly port: number
  /** `tls` from the first byte, `starttls` before the login, or `plain`. Never less than what is asked for. */
  readonly security: 'tls' | 'starttls' | 'plain'
  /** SHA-256 of the certificate in hex, colons allowed; null: it must be valid for the host. */
  readonly fingerprint: string | null
  readonly login: ImapLogin
  /** IDLE is begun anew so often; 4 minutes if absent. */
  readonly idleMs?: number
}

/** Silence of the server after which a connection is given up. */
const silenceMs = 5 * 60_000
/** Many servers and routers forget an IDLE after half an hour or sooner (RFC 2177). */
const defaultIdleMs = 4 * 60_000

/** How messages name the server. */
export function serverUrl({ host, port, security }: ImapServer): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `${security === 'tls' ? 'imaps' : 'imap'}://${name}:${port}`
}

export interface ImapConnection {
  readonly client: ImapFlow
  /** SHA-256 of its certificate, in upper-case hex with colons; null without TLS. */
  readonly fingerprint: string | null
}

/**
 * Connects, judges the certificate before anything secret is sent, and logs in. A token that is refused and has been
 * renewed meanwhile is tried anew.
 * Throws MAIL_IMAP_UNREACHABLE, MAIL_IMAP_TLS_FAILED, MAIL_IMAP_CERTIFICATE, MAIL_IMAP_FINGERPRINT,
 * MAIL_IMAP_LOGIN_REFUSED, MAIL_IMAP_SECRET.
 */
export async function connectImap(
  place: SourcePlace,
  server: ImapServer,
  signal: AbortSignal,
): Promise<ImapConnection> {
  signal.throwIfAborted()
  const { kind, secret: ask } = server.login
  const secret = await ask(place, signal)
  try {
    return await connectWith(secret, place, server, signal)
  } catch (error) {
    const isRefused = error instanceof BotError && error.code === 'MAIL_IMAP_LOGIN_REFUSED'
    const renewed = isRefused && kind === 'token' ? await ask(place, signal) : secret
    if (renewed === secret) {
      throw error
    }
    return connectWith(renewed, place, server, signal)
  }
}

async function connectWith(
  secret: string,
  place: SourcePlace,
  server: ImapServer,
  signal: AbortSignal,
): Promise<ImapConnection> {
  const { user, kind } = server.login
  // Loading it takes longer than all of ours: who reads no folder does not wait for it.
  const { ImapFlow } = await import('imapflow')
  const client = new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.security === 'tls',
    ...(server.security === 'tls' ? {} : { doSTARTTLS: server.security === 'starttls' }),
    // The certificate is judged below: Node asks nobody about the name once the chain is bad.
    tls: { rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    auth: kind === 'token' ? { user, accessToken: secret } : { user, pass: secret },
    clientInfo: { name: 'Patchferry' },
    // Its entries hold whole dialogues, so they are not kept at all.
    logger: false,
    disableAutoIdle: true,
    disableCompression: true,
    disableIMAP4rev2: true,
    connectionTimeout: 30_000,
    greetingTimeout: 30_000,
    socketTimeout: silenceMs,
    maxIdleTime: server.idleMs ?? defaultIdleMs,
  })
  // Every command that was under way fails by itself; without a listener the process would end.
  client.on('error', () => {})
  let fingerprint: string | null = null
  const upgrade = client.upgradeToSTARTTLS.bind(client)
  // imapflow comes here right before the login, with TLS from the start too.
  client.upgradeToSTARTTLS = async () => {
    const isUpgraded = await upgrade()
    if (server.security !== 'plain') {
      fingerprint = judge(Reflect.get(client, 'socket'), place, server)
    }
    return isUpgraded
  }
  function stop(): void {
    client.close()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    await client.connect()
    return { client, fingerprint }
  } catch (error) {
    client.close()
    signal.throwIfAborted()
    throw connectFault(place, error, createRedactor([secret]))
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Connects for a look: the certificate, the folders there are, and which of `wanted` cannot be opened. */
export async function lookAtImap(
  place: SourcePlace,
  server: ImapServer,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<{
  readonly fingerprint: string | null
  readonly folders: readonly string[]
  readonly missing: readonly string[]
}> {
  const { client, fingerprint } = await connectImap(place, server, signal)
  try {
    const missing: string[] = []
    for (const folder of wanted) {
      await client.mailboxOpen(folder, { readOnly: true }).catch(() => missing.push(folder))
    }
    return { fingerprint, folders: (await client.list()).map((each) => each.path), missing }
  } finally {
    client.close()
  }
}

/** Gives the fingerprint of a certificate that is the one we want; throws when it is not. */
function judge(socket: unknown, place: SourcePlace, server: ImapServer): string {
  if (!(socket instanceof TLSSocket)) {
    const message = `${place.path} went on without TLS`
    throw imapFault('MAIL_IMAP_TLS_FAILED', message, place, 'after-human')
  }
  const actual = socket.getPeerCertificate().fingerprint256
  if (server.fingerprint === null) {
    if (!socket.authorized) {
      const why = String(socket.authorizationError)
      const message = `the certificate of ${place.path} is not valid: ${why}; its fingerprint is ${actual}`
      throw imapFault('MAIL_IMAP_CERTIFICATE', message, place, 'after-human', {
        fingerprint: actual,
      })
    }
    return actual
  }
  if (plainHex(server.fingerprint) !== plainHex(actual)) {
    const message = `the certificate of ${place.path} is another than the one configured: its fingerprint is ${actual}`
    throw imapFault('MAIL_IMAP_FINGERPRINT', message, place, 'after-human', { fingerprint: actual })
  }
  return actual
}

function plainHex(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}
