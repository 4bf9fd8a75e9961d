import type { ImapAnswer, SmtpAnswer } from '../../config/example-parts.ts'

/** A server as `init` is told of it. */
export type ServerUrl<T> =
  | { readonly outcome: 'server'; readonly server: T }
  | { readonly outcome: 'wrong'; readonly message: string }

type WithoutSecret<T> = Omit<T, 'secret' | 'login'> & { readonly user: string | null }

const noPassword =
  'has a password in it, which everybody on this machine could read: leave it out, it is asked for'

interface Parts {
  readonly scheme: string
  readonly host: string
  readonly port: number | null
  readonly user: string | null
  readonly path: string
  readonly fingerprint: string | null
  readonly security: string | null
}

function partsOf(text: string): Parts | string {
  if (!URL.canParse(text)) {
    return 'is no address of a server'
  }
  const url = new URL(text)
  if (url.password !== '') {
    return noPassword
  }
  const unknown = [...url.searchParams.keys()].find(
    (key) => key !== 'security' && key !== 'fingerprint',
  )
  if (unknown !== undefined || url.hostname === '') {
    return unknown === undefined ? 'names no host' : `has \`${unknown}\` in it, which says nothing`
  }
  return {
    scheme: url.protocol.slice(0, -1),
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? null : Number(url.port),
    user: url.username === '' ? null : decodeURIComponent(url.username),
    path: decodeURIComponent(url.pathname.replace(/^\//, '')),
    fingerprint: url.searchParams.get('fingerprint'),
    security: url.searchParams.get('security'),
  }
}

function wrong(message: string): { readonly outcome: 'wrong'; readonly message: string } {
  return { outcome: 'wrong', message }
}

/** Whether it is the address of a mailbox, right or wrong. */
export function isImapUrl(text: string): boolean {
  return /^imaps?:/i.test(text)
}

/**
 * `imaps://USER@HOST[:PORT]/FOLDER,FOLDER`; `imap:` is STARTTLS, or with `?security=plain` nothing at all;
 * `?fingerprint=` accepts one certificate.
 */
export function readImapUrl(text: string): ServerUrl<WithoutSecret<ImapAnswer>> {
  const parts = partsOf(text)
  if (typeof parts === 'string') {
    return wrong(parts)
  }
  const { scheme, host, port, user, path, fingerprint, security } = parts
  if (user === null) {
    return wrong('names no user: write it as imaps://USER@HOST/FOLDER')
  }
  const folders = path
    .split(',')
    .map((folder) => folder.trim())
    .filter((folder) => folder !== '')
  return {
    outcome: 'server',
    server: {
      kind: 'imap',
      host,
      port,
      fingerprint,
      security: scheme === 'imaps' ? 'tls' : security === 'plain' ? 'plain' : 'starttls',
      user,
      folders: folders.length === 0 ? ['INBOX'] : folders,
    },
  }
}

export function isSmtpUrl(text: string): boolean {
  return /^smtps?:/i.test(text)
}

/** `smtps://[USER@]HOST[:PORT]`; `smtp:` is STARTTLS, or with `?security=none` nothing at all. */
export function readSmtpUrl(text: string): ServerUrl<WithoutSecret<SmtpAnswer>> {
  const parts = partsOf(text)
  if (typeof parts === 'string') {
    return wrong(parts)
  }
  const { scheme, host, port, user, fingerprint, security } = parts
  return {
    outcome: 'server',
    server: {
      kind: 'smtp',
      host,
      port,
      fingerprint,
      security: scheme === 'smtps' ? 'tls' : security === 'none' ? 'none' : 'starttls',
      user,
    },
  }
}
