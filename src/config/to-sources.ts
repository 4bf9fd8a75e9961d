import path from 'node:path'
import type { Credential, ImapSourceConfig, SourceConfig } from './config.ts'
import type { KeyPath } from './entries.ts'
import { isLocalRepository } from './fields.ts'
import type { ImapSettings } from './schema/imap.ts'
import type { Settings } from './schema/schema.ts'
import type { ReadSecrets } from './secrets.ts'

/** The one of these keys that is given. */
export function toCredential(
  {
    passwordCommand,
    tokenFile,
    tokenCommand,
  }: Pick<ImapSettings, 'passwordCommand' | 'tokenFile' | 'tokenCommand'>,
  keyPath: KeyPath,
  folder: string,
  secrets: ReadSecrets,
): Credential {
  if (tokenCommand !== undefined) {
    return { kind: 'token-command', argv: tokenCommand }
  }
  if (tokenFile !== undefined) {
    return { kind: 'token-file', path: path.resolve(folder, tokenFile) }
  }
  const password = secrets.secretAt(keyPath, 'password')
  return password === null
    ? { kind: 'password-command', argv: passwordCommand ?? [] }
    : { kind: 'password', password }
}

function toAfterImport({
  afterImport,
  flag,
  moveTo,
}: ImapSettings): ImapSourceConfig['afterImport'] {
  switch (afterImport) {
    case 'flag':
      return { kind: 'flag', flag: flag ?? '\\Seen' }
    case 'move':
      return { kind: 'move', folder: moveTo ?? '' }
    case 'keep':
    case 'delete':
      return { kind: afterImport }
  }
}

function toImap(
  imap: ImapSettings,
  keyPath: KeyPath,
  folder: string,
  secrets: ReadSecrets,
): ImapSourceConfig {
  return {
    host: imap.host,
    port: imap.port ?? (imap.security === 'tls' ? 993 : 143),
    security: imap.security,
    fingerprint: imap.fingerprint ?? null,
    user: imap.user,
    credential: toCredential(imap, keyPath, folder, secrets),
    folders: imap.folders,
    afterImport: toAfterImport(imap),
  }
}

/** The sources of all lists. Relative paths are relative to `folder`. */
export function toSources(
  lists: Settings['lists'],
  folder: string,
  secrets: ReadSecrets,
): readonly SourceConfig[] {
  return lists.flatMap((list, listAt) =>
    list.sources.map((source, at): SourceConfig => {
      const common = { name: source.name, list: list.name, pollMs: source.poll }
      if (source.kind === 'imap') {
        const keyPath = ['lists', listAt, 'sources', at, 'imap']
        return { ...common, kind: 'imap', imap: toImap(source.imap, keyPath, folder, secrets) }
      }
      const isUrl = source.kind === 'public-inbox' && !isLocalRepository(source.path)
      const where = isUrl ? source.path : path.resolve(folder, source.path)
      return { ...common, kind: source.kind, path: where }
    }),
  )
}
