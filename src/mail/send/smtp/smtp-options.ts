import type { MessageId } from '../../../core/ids.ts'

/** How one mail server is spoken to. */
export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /**
   * `starttls` is required, not offered: no byte of a mail or password goes in the clear. `opportunistic` takes it where
   * it is offered, whatever the certificate (RFC 7435), and goes on without where it is not: not with a login.
   */
  readonly security: 'starttls' | 'tls' | 'opportunistic' | 'none'
  /** PEM of the authorities trusted instead of those of the system; null for these. */
  readonly authorities: string | null
  /** SHA-256 of the server's certificate, 64 lower-case hex digits: trusted, and nothing else is; null for authorities. */
  readonly fingerprint: string | null
  /** Null where the server asks for none. */
  readonly login: SmtpLogin | null
  /** What we call ourselves in EHLO; null for the name of the machine. */
  readonly clientName: string | null
  /** How long the server may stay silent, RFC 5321 4.5.3.2. */
  readonly timeoutMs: number
  /** Where bounces of this mail go. */
  returnPath(messageId: MessageId): string
}

export interface SmtpLogin {
  readonly user: string
  /** `token`: an OAuth 2 access token, given by XOAUTH2; a password goes by PLAIN or LOGIN, as the server offers. */
  readonly kind: 'password' | 'token'
  /** Asked for each connection, because a token grows old. */
  readonly secret: (signal: AbortSignal) => Promise<string>
}
