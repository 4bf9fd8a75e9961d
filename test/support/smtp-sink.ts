import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { SmtpOptions } from '../../src/mail/send/smtp/smtp-options.ts'

/** A mail server that keeps what it takes. */
export interface Sink {
  readonly options: SmtpOptions
  readonly mails: Buffer[]
  /** Breaks every connection. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

/** Takes everything, without TLS and login, but for `change`. */
export async function openSink(change: SMTPServerOptions = {}): Promise<Sink> {
  const mails: Buffer[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks))
        done(null)
      })
    },
    ...change,
  })
  server.on('error', () => undefined)
  const listener = server.listen(0, '127.0.0.1')
  const sockets = new Set<Socket>()
  listener.on('connection', (socket: Socket) => sockets.add(socket))
  await once(listener, 'listening')
  return {
    mails,
    cut: () => {
      for (const socket of sockets) {
        socket.destroy()
      }
    },
    options: {
      host: '127.0.0.1',
      port: (listener.address() as AddressInfo).port,
      security: 'none',
      authorities: null,
      fingerprint: null,
      login: null,
      clientName: 'ci.example',
      timeoutMs: 5_000,
      returnPath: () => 'bot@ci.example',
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
