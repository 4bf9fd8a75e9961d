import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { MailSource } from '../../src/mail/mail-source.ts'
import { type ImapOptions, imapSource } from '../../src/mail/source/imap.ts'
import type { ImapServer } from '../../src/mail/source/imap-connection.ts'
import { type Dovecot, startDovecot } from './dovecot.ts'
import type { DovecotOptions } from './dovecot-config.ts'
import { memoryLogger } from './memory-log.ts'

export const hourMs = 3_600_000

/** One Dovecot for the tests of a `describe`. */
export function dovecotHere(
  options: () => Promise<DovecotOptions> = async () => ({}),
): () => Dovecot {
  let started: Dovecot | null = null
  beforeAll(async () => {
    started = await startDovecot(await options())
  })
  afterAll(async () => {
    await started?.end()
  })
  return () => {
    if (started === null) {
      throw new Error('Dovecot has not been started')
    }
    return started
  }
}

/** How a user of this Dovecot reaches it: in plain text with the password, but for `changes`. */
export function imapServerFor(
  dovecot: Dovecot,
  user: string,
  changes: Partial<ImapServer> = {},
): ImapServer {
  return {
    host: '127.0.0.1',
    port: dovecot.port,
    security: 'plain',
    fingerprint: null,
    login: { user, kind: 'password', secret: async () => dovecot.password },
    ...changes,
  }
}

/** A source on INBOX that keeps its mail, but for `changes`; closed when the test has ended. */
export function openImap(server: ImapServer, changes: Partial<ImapOptions> = {}): MailSource {
  const source = imapSource({
    name: 'list',
    server,
    folders: ['INBOX'],
    afterImport: { kind: 'keep' },
    pollMs: hourMs,
    log: memoryLogger(),
    ...changes,
  })
  onTestFinished(() => source.close())
  return source
}
