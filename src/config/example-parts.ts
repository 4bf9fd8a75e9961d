import { stringify } from 'yaml'
import type { Placement } from '../core/pull-request/pull-request.ts'

/** Where a secret is; never the secret itself. */
export type SecretAnswer =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }

/** A server and how it is reached. */
interface ServerAnswer {
  readonly host: string
  /** Null: the usual one. */
  readonly port: number | null
  /** Null: any certificate that is valid for the host. */
  readonly fingerprint: string | null
}

export interface ImapAnswer extends ServerAnswer {
  readonly kind: 'imap'
  readonly security: 'tls' | 'starttls' | 'plain'
  readonly user: string
  readonly secret: SecretAnswer
  readonly folders: readonly string[]
}

export type SourceAnswer =
  | ImapAnswer
  | { readonly kind: 'maildir' | 'mbox' | 'publicInbox'; readonly path: string }

export interface SmtpAnswer extends ServerAnswer {
  readonly kind: 'smtp'
  readonly security: 'tls' | 'starttls' | 'none'
  readonly login: { readonly user: string; readonly secret: SecretAnswer } | null
}

export type DeliveryAnswer =
  | SmtpAnswer
  | { readonly kind: 'maildir'; readonly path: string }
  | { readonly kind: 'sendmail'; readonly argv: readonly string[] }

export interface ForgeAnswer {
  readonly kind: 'github' | 'forgejo' | 'gitea'
  /** As people open it. */
  readonly url: string
  readonly login:
    | { readonly kind: 'token'; readonly file: string }
    | {
        readonly kind: 'app'
        readonly id: number
        readonly keyFile: string
        readonly webhookFile: string
      }
  readonly placement: Placement
  /** Null where the placement needs none. */
  readonly forkUrl: string | null
}

/** One value on one line, quoted where YAML needs it, inside `[...]` too. */
export function scalar(value: string): string {
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
    .trim()
    .slice(1, -1)
}

export function sequence(values: readonly string[]): string {
  return `[${values.map(scalar).join(', ')}]`
}

export function secretLine(key: 'password', secret: SecretAnswer): string {
  return secret.kind === 'file'
    ? `${key}File: ${scalar(secret.path)}`
    : `${key}Command: ${sequence(secret.argv)}`
}

function serverLines({ host, port, fingerprint }: ServerAnswer): readonly string[] {
  return [
    `host: ${scalar(host)}`,
    ...(port === null ? [] : [`port: ${port}`]),
    ...(fingerprint === null ? [] : [`fingerprint: ${scalar(fingerprint)}`]),
  ]
}

/** An entry of `sources`. */
export function sourceLines(source: SourceAnswer): readonly string[] {
  if (source.kind !== 'imap') {
    return [`      - ${source.kind}: ${scalar(source.path)}`]
  }
  const lines = [
    ...serverLines(source),
    `security: ${source.security}`,
    `user: ${scalar(source.user)}`,
    secretLine('password', source.secret),
    `folders: ${sequence(source.folders)}`,
    '# Mail stays there as it is: flag, move and delete are the other choices.',
    'afterImport: keep',
  ]
  return ['      - imap:', ...lines.map((line) => `          ${line}`)]
}

/** The section `delivery`. */
export function deliveryLines(delivery: DeliveryAnswer): readonly string[] {
  switch (delivery.kind) {
    case 'maildir':
      return [
        '# Reports are delivered to this Maildir, and nobody gets them: write `smtp` or `sendmail` once you trust them.',
        'delivery:',
        `  maildir: ${scalar(delivery.path)}`,
      ]
    case 'sendmail':
      return [
        '# Reports are handed to this program.',
        'delivery:',
        '  sendmail:',
        `    command: ${sequence(delivery.argv)}`,
      ]
    case 'smtp': {
      const { security, login } = delivery
      const lines = [
        ...serverLines(delivery),
        `security: ${security}`,
        ...(login === null
          ? []
          : [`user: ${scalar(login.user)}`, secretLine('password', login.secret)]),
      ]
      return [
        '# Reports are sent by this server.',
        'delivery:',
        '  smtp:',
        ...lines.map((line) => `    ${line}`),
      ]
    }
  }
}

/** The section `forges`; nothing for a plain mirror. */
export function forgeLines(forge: ForgeAnswer | null): readonly string[] {
  if (forge === null) {
    return []
  }
  const { kind, url, login } = forge
  return [
    '# Accounts on forges; webhooks come to /webhooks/NAME of the public listener (docs/forges.md).',
    'forges:',
    `  - name: ${kind}`,
    `    kind: ${kind}`,
    `    url: ${scalar(url)}`,
    ...(login.kind === 'token'
      ? [`    tokenFile: ${scalar(login.file)}`]
      : [
          `    app: { id: ${login.id}, keyFile: ${scalar(login.keyFile)} }`,
          `    webhook: { secretFile: ${scalar(login.webhookFile)} }`,
        ]),
    '',
  ]
}

/** What `mirror` says of its forge. */
export function mirrorForgeLines(forge: ForgeAnswer | null): readonly string[] {
  if (forge === null) {
    return []
  }
  return [
    '      # Where the heads of pull requests live: docs/security.md says what each leaves open.',
    `      placement: ${forge.placement}`,
    ...(forge.forkUrl === null ? [] : [`      fork: ${scalar(forge.forkUrl)}`]),
  ]
}
