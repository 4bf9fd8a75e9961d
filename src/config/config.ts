import type { Mailbox } from '../core/message.ts'
import type { MailingList, Project } from '../core/project.ts'
import type { BouncePolicy } from '../core/report/bounce.ts'
import type { Retention } from '../core/retention.ts'
import type { Isolation } from '../core/trust/isolation.ts'
import type { WatchPolicy } from '../core/watch/watch-policy.ts'
import type { RepositoryName } from './repository-name.ts'

/** A value that must not be printed: reading it takes a call, so that logging the object shows nothing. */
export interface Secret {
  reveal(): string
}

/** What an account is logged in with. */
export type Credential =
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'password-command' | 'token-command'; readonly argv: readonly string[] }
  /** Read for each connection. */
  | { readonly kind: 'token-file'; readonly path: string }

/** An IMAP account and what is done with its mail. */
export interface ImapSourceConfig {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls' | 'plain'
  /** SHA-256 of the certificate in hex; null: any that is valid for the host. */
  readonly fingerprint: string | null
  readonly user: string
  readonly credential: Credential
  readonly folders: readonly string[]
  readonly afterImport:
    | { readonly kind: 'keep' | 'delete' }
    | { readonly kind: 'flag'; readonly flag: string }
    | { readonly kind: 'move'; readonly folder: string }
}

/** Where mails of a list come from. */
export type SourceConfig = {
  /** Cursors are stored under it: another name reads the whole source again. */
  readonly name: string
  /** Name of the list it brings. */
  readonly list: string
  /** How often it is looked at where no change notification comes. */
  readonly pollMs: number
} & (
  | {
      readonly kind: 'maildir' | 'mbox' | 'folder' | 'public-inbox'
      /** Absolute; of a public-inbox it may be a URL. */
      readonly path: string
    }
  | { readonly kind: 'imap'; readonly imap: ImapSourceConfig }
)

/** How the `command` tester runs a project's tests. */
export interface TestingConfig {
  readonly isolation: Isolation
  /** Added to the scrubbed environment. */
  readonly environment: Readonly<Record<string, string>>
  /** How much of a test's output is kept. */
  readonly outputBytes: number
}

/** An account on a forge. */
export interface ForgeConfig {
  readonly name: string
  readonly kind: 'github' | 'forgejo' | 'gitea'
  /** As people open it, without a slash at its end. */
  readonly url: string
  readonly apiUrl: string
  readonly access:
    | {
        readonly kind: 'app'
        readonly appId: number
        /** Null: looked up for each repository. */
        readonly installationId: number | null
        /** PEM. */
        readonly privateKey: Secret
      }
    | { readonly kind: 'token'; readonly token: Secret }
  /** Null where no webhooks are taken; never null for an App. */
  readonly webhookSecret: Secret | null
  readonly smeeUrl: string | null
  readonly pollMs: number
}

/** A project as the flow knows it, and what only the wiring needs to know. */
export interface ProjectConfig extends Project {
  /** Null for a plain git repository. */
  readonly forge: {
    readonly account: ForgeConfig
    /** Where pull requests are made. */
    readonly repository: RepositoryName
    /** Where their heads live: the same, or the bot's fork. */
    readonly heads: RepositoryName
    readonly headsUrl: string
  } | null
  /** Absolute folder of files to put on top of the mirror's base branches; null where there are none. */
  readonly overlayFolder: string | null
  /** The operator's word that CI on the mirror has no secrets to lose. */
  readonly holdsNoSecrets: boolean
  /** Value of the HTTP header `Authorization`; null where the URL needs none. */
  readonly mirrorAuthorization: Secret | null
  readonly upstreamAuthorization: Secret | null
  /** Null exactly where `tests` is null. */
  readonly testing: TestingConfig | null
}

export interface AccessToken {
  /** Who acts: goes into the journal. */
  readonly name: string
  readonly token: Secret
}

export interface ListenerConfig {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly tokens: readonly AccessToken[]
}

/** A mail server to send by. */
export interface SmtpConfig {
  readonly host: string
  readonly port: number
  readonly security: 'starttls' | 'tls' | 'opportunistic' | 'none'
  /** Null where it asks for no login. */
  readonly login: { readonly user: string; readonly credential: Credential } | null
  /** Absolute path of a PEM file; null for the authorities of the system. */
  readonly authoritiesFile: string | null
  /** 64 lower-case hex digits. */
  readonly fingerprint: string | null
  readonly clientName: string | null
  readonly timeoutMs: number
}

/** How reports leave. */
export interface DeliveryConfig {
  readonly way:
    | { readonly kind: 'maildir'; readonly path: string }
    | ({ readonly kind: 'smtp' } & SmtpConfig)
    | {
        readonly kind: 'sendmail'
        readonly argv: readonly string[]
        readonly timeoutMs: number
      }
  /** Where bounces go; with `{token}` where each mail has an address of its own. */
  readonly returnPath: string
  /** The same without a token: where bounces of mails go that are no reports. */
  readonly plainReturnPath: string
  readonly bounces: BouncePolicy
  readonly retryForMs: number
  readonly lookForMs: number
  readonly ifUnknown: 'hold' | 'resend'
  /** Mails that may be begun; null for no limit. */
  readonly limits: {
    readonly perMinute: number | null
    readonly perHour: number | null
    readonly perDomainPerMinute: number | null
  }
}

/** A file that holds a secret. */
export interface SecretFile {
  /** Absolute. */
  readonly file: string
  /** What it holds is asked for each time: a new one needs no restart. */
  readonly isLive: boolean
}

export interface Config {
  /** Absolute path of the file it was read from; relative paths in it are relative to its folder. */
  readonly file: string
  /** Absolute: store, archive, journal, repositories, checkouts. */
  readonly stateDirectory: string
  /** Committer of what is applied and From of what is sent. */
  readonly bot: Mailbox
  /** Patterns of the addresses of other programs. */
  readonly otherBots: readonly string[]
  readonly lists: readonly MailingList[]
  /** Of all lists, in the order written. */
  readonly sources: readonly SourceConfig[]
  /** In the order written. */
  readonly forges: readonly ForgeConfig[]
  /** In the order written, which is the order they are offered a series. */
  readonly projects: readonly ProjectConfig[]
  readonly delivery: DeliveryConfig
  readonly watch: WatchPolicy
  /** Absolute; null where only our own mail templates are used. */
  readonly mailTemplates: string | null
  readonly retention: Retention
  readonly web: {
    readonly public: ListenerConfig & {
      /** How the world reaches it, without a slash at its end; null where nobody says. */
      readonly url: string | null
    }
    readonly operator: ListenerConfig & {
      /** Further lower-case values of the Host header that are answered, without port. */
      readonly hosts: readonly string[]
      /** Browsers reach it by https, through a proxy. */
      readonly isBehindTls: boolean
    }
  }
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' }
  /** Every secret value that there was so far, for the log's redaction: one in a file may change. */
  readonly secrets: () => readonly string[]
  /** Absolute paths of the files that secrets were read from. */
  readonly secretFiles: readonly SecretFile[]
}
