import type { Config, Credential, ImapSourceConfig } from '../config/config.ts'
import type { Logger } from '../log/logger.ts'
import type { MailSource } from '../mail/mail-source.ts'
import { folderSource } from '../mail/source/folder.ts'
import { imapSource } from '../mail/source/imap.ts'
import type { ImapServer } from '../mail/source/imap-connection.ts'
import { type ImapLogin, secretOfCommand, secretOfFile } from '../mail/source/imap-login.ts'
import { maildirSource } from '../mail/source/maildir.ts'
import { mboxSource } from '../mail/source/mbox.ts'
import { publicInboxSource } from '../mail/source/public-inbox.ts'
import type { StateLayout } from './state-layout.ts'

/** Where a secret comes from, each time it is asked for. */
export function secretOf(
  credential: Credential,
  environment: Readonly<Record<string, string | undefined>>,
): ImapLogin['secret'] {
  switch (credential.kind) {
    case 'password':
      return async () => credential.password.reveal()
    case 'token-file':
      return secretOfFile(credential.path)
    case 'password-command':
    case 'token-command':
      return secretOfCommand(credential.argv, environment)
  }
}

/** The server, with what its login needs. Commands for passwords see a little of `environment`. */
export function imapServer(
  { host, port, security, fingerprint, user, credential }: ImapSourceConfig,
  environment: Readonly<Record<string, string | undefined>>,
): ImapServer {
  const secret = secretOf(credential, environment)
  const isToken = credential.kind === 'token-command' || credential.kind === 'token-file'
  const kind = isToken ? 'token' : 'password'
  return { host, port, security, fingerprint, login: { user, kind, secret } }
}

/** The configured sources, in the order written. */
export function openSources(
  config: Config,
  layout: StateLayout,
  log: Logger,
): readonly MailSource[] {
  return config.sources.map((source) => {
    const { name, pollMs } = source
    switch (source.kind) {
      case 'maildir':
        return maildirSource({ name, directory: source.path, pollMs, log })
      case 'mbox':
        return mboxSource({ name, file: source.path, pollMs, log })
      case 'folder':
        return folderSource({ name, directory: source.path, pollMs, log })
      case 'public-inbox': {
        const directory = layout.source(name)
        return publicInboxSource({ name, url: source.path, directory, pollMs, log })
      }
      case 'imap': {
        const server = imapServer(source.imap, process.env)
        const { folders, afterImport } = source.imap
        return imapSource({ name, server, folders, afterImport, pollMs, log })
      }
    }
  })
}
