import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { BotError } from '../../core/bot-error.ts'
import { commandEnvironment } from '../../util/command-environment.ts'
import { commandFailure } from '../../util/command-failure.ts'
import { imapFault } from './imap-fault.ts'
import { errnoOf, type SourcePlace } from './source-fault.ts'

export interface ImapLogin {
  readonly user: string
  /** `token`: an OAuth 2 access token, given by OAUTHBEARER (RFC 7628) or XOAUTH2. */
  readonly kind: 'password' | 'token'
  /**
   * Asked for each connection, and again when it is refused, because a token grows old. Throws MAIL_IMAP_SECRET, and
   * MAIL_SMTP_SECRET for `delivery`, the way out.
   */
  readonly secret: (place: SourcePlace | 'delivery', signal: AbortSignal) => Promise<string>
}

function secretFault(message: string, place: SourcePlace | 'delivery'): BotError {
  return place === 'delivery'
    ? new BotError('MAIL_SMTP_SECRET', `delivery.smtp: ${message}`, { retry: 'after-human' })
    : imapFault('MAIL_IMAP_SECRET', message, place, 'after-human')
}

const commandTimeoutMs = 30_000

/**
 * The first line that a command prints. It runs without a shell, with no more than PATH, HOME and the session bus of
 * `environment`.
 */
export function secretOfCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ImapLogin['secret'] {
  const [program = '', ...args] = argv
  const env = commandEnvironment(environment)
  return (place, signal) =>
    new Promise((resolve, reject) => {
      execFile(
        program,
        args,
        { env, signal, timeout: commandTimeoutMs },
        (error, printed, said) => {
          const secret = printed.split(/\r?\n/)[0] ?? ''
          if (signal.aborted) {
            reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
          } else if (error !== null || secret === '') {
            const why =
              error === null
                ? 'printed nothing'
                : commandFailure(error, printed, said, commandTimeoutMs)
            reject(secretFault(`the command for its password, ${program}: ${why}`, place))
          } else {
            resolve(secret)
          }
        },
      )
    })
}

/** The first line of a file, which another program writes anew before its content expires. */
export function secretOfFile(file: string): ImapLogin['secret'] {
  return async (place, signal) => {
    const text = await readFile(file, { encoding: 'utf8', signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      const why = errnoOf(error) ?? 'it cannot be read'
      throw secretFault(`its secret in ${file}: ${why}`, place)
    })
    const secret = text.split(/\r?\n/)[0]?.trim() ?? ''
    if (secret === '') {
      throw secretFault(`${file} is empty`, place)
    }
    return secret
  }
}
