import type { DeadJob } from '../store/store.ts'

/**
 * A login, or what it may do, is refused: a person mends it on the other side, or in a file here, and nobody tells us. It is
 * asked rarely, since asking often may lock the account.
 */
export const refusedLogins: readonly string[] = [
  'FORGE_FORBIDDEN',
  'GIT_REMOTE_DENIED',
  'MAIL_SMTP_LOGIN_REFUSED',
]

/** Whether these words, kept of a fault, begin with the code of a login or permission that was refused. */
export function namesRefusedLogin(words: string): boolean {
  return refusedLogins.some((code) => words.startsWith(`${code}:`))
}

/** Whether the job waits for a login, or a permission, that was refused. */
export function isLoginRefused({ lastError }: Pick<DeadJob, 'lastError'>): boolean {
  return namesRefusedLogin(lastError)
}
