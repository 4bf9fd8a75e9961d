import type { MailSource } from '../../src/mail/mail-source.ts'
import { folderSource } from '../../src/mail/source/folder.ts'
import { imapSource } from '../../src/mail/source/imap.ts'
import type { AfterImport } from '../../src/mail/source/imap-after-import.ts'
import { maildirSource } from '../../src/mail/source/maildir.ts'
import { mboxSource } from '../../src/mail/source/mbox.ts'
import { publicInboxSource } from '../../src/mail/source/public-inbox.ts'
import { memoryLogger } from './memory-log.ts'

/** A source in words that another process understands. */
export type SourceSpec =
  | { readonly kind: 'maildir'; readonly directory: string }
  | { readonly kind: 'mbox'; readonly file: string }
  | { readonly kind: 'folder'; readonly directory: string }
  | { readonly kind: 'public-inbox'; readonly url: string; readonly directory: string }
  | {
      readonly kind: 'imap'
      readonly port: number
      readonly user: string
      readonly password: string
      readonly afterImport: AfterImport
    }

export function openSource(spec: SourceSpec, pollMs: number): MailSource {
  const common = { name: 'list', pollMs, log: memoryLogger() }
  switch (spec.kind) {
    case 'maildir':
      return maildirSource({ ...common, directory: spec.directory })
    case 'folder':
      return folderSource({ ...common, directory: spec.directory, quietMs: 0 })
    case 'mbox':
      return mboxSource({ ...common, file: spec.file, quietMs: 0 })
    case 'public-inbox':
      return publicInboxSource({ ...common, url: spec.url, directory: spec.directory })
    case 'imap': {
      const { port, user, password, afterImport } = spec
      const login = { user, kind: 'password', secret: async () => password } as const
      const server = {
        host: '127.0.0.1',
        port,
        security: 'plain',
        fingerprint: null,
        login,
      } as const
      return imapSource({ ...common, server, folders: ['INBOX'], afterImport })
    }
  }
}
