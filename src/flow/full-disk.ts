import { BotError } from '../core/bot-error.ts'

const codes: ReadonlySet<string> = new Set([
  'CLI_DISK_FULL',
  'GIT_DISK_FULL',
  'MAIL_MAILDIR_FULL',
  'STORE_FULL',
  'ENOSPC',
  'EDQUOT',
])

/** As often as this it is looked whether there is room again: that costs nobody anything, and who made room waits for it. */
export const fullDiskRetryMs = 30_000

/** Whether it failed, by itself or at its root, since a disk or a quota on it is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false
  }
  const code = error instanceof BotError || 'code' in error ? String(error.code) : ''
  return codes.has(code) || isDiskFull(error.cause)
}
