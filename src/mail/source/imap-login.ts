import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { commandEnvironment } from '../../util/command-environment.ts'
import { imapFault } from './imap-fault.ts'
import { errnoOf, type SourcePlace } from './source-fault.ts'

export interface ImapLogin {
  readonly user: string
  /** `token`: an OAuth 2 access token, given by OAUTHBEARER (RFC 7628) or XOAUTH2. */
  readonly kind: 'password' | 'token'
  /** Asked for each connection, and again when it is refused, because a token grows old. Throws MAIL_IMAP_SECRET. */
  readonly secret: (place: SourcePlace, signal: AbortSignal) => Promise<string>
}

const commandTimeoutMs = 30_000

/**
 * The first line that a command prints. It runs without a shell, with no more than PATH, HOME and the session bus of
 * `environment`; what it says on standard error is not repeated, because it may hold the secret.
 */
export function secretOfCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ImapLogin['secret'] {
  const [program = '', ...args] = argv
  const env = commandEnvironment(environment)
  return (place, signal) =>
    new Promise((resolve, reject) => {
      execFile(program, args, { env, signal, timeout: commandTimeoutMs }, (error, printed) => {
        const secret = printed.split(/\r?\n/)[0] ?? ''
        if (signal.aborted) {
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
        } else if (error !== null || secret === '') {
          const why =
            error === null ? 'printed nothing' : `failed (${String(error.code ?? error.signal)})`
          const message = `the command for its password, ${program}, ${why}`
          reject(imapFault('MAIL_IMAP_SECRET', message, place, 'after-human'))
        } else {
          resolve(secret)
        }
      })
    })
}

/** The first line of a file, which another program writes anew before its content expires. */
export function secretOfFile(file: string): ImapLogin['secret'] {
  return async (place, signal) => {
    const text = await readFile(file, { encoding: 'utf8', signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      const why = errnoOf(error) ?? 'it cannot be read'
      throw imapFault('MAIL_IMAP_SECRET', `its secret in ${file}: ${why}`, place, 'after-human')
    })
    const secret = text.split(/\r?\n/)[0]?.trim() ?? ''
    if (secret === '') {
      throw imapFault('MAIL_IMAP_SECRET', `${file} is empty`, place, 'after-human')
    }
    return secret
  }
}
