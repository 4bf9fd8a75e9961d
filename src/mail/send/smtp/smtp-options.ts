import type { MessageId } from '../../../core/ids.ts'

/** How one mail server is spoken to. */
export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /** `starttls` is required, not offered: no byte of a mail or password goes in the clear. */
  readonly security: 'starttls' | 'tls' | 'none'
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
  readonly password: () => string
}
