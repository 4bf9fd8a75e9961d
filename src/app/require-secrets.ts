import type { Config } from '../config/config.ts'

/**
 * Reads the secrets of mirrors, upstreams and forges, for who is about to change something and will need them. Throws
 * CONFIG_SECRET_UNREADABLE.
 */
export function requireRemoteSecrets({ projects }: Pick<Config, 'projects'>): void {
  for (const { forge, mirrorAuthorization, upstreamAuthorization } of projects) {
    mirrorAuthorization?.reveal()
    upstreamAuthorization?.reveal()
    if (forge !== null) {
      const { access } = forge.account
      const secret = access.kind === 'token' ? access.token : access.privateKey
      secret.reveal()
    }
  }
}

/** As `requireRemoteSecrets`, of the mailboxes that are read. */
export function requireSourceSecrets({ sources }: Pick<Config, 'sources'>): void {
  for (const source of sources) {
    if (source.kind === 'imap' && source.imap.credential.kind === 'password') {
      source.imap.credential.password.reveal()
    }
  }
}
