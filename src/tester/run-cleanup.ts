import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a cleanup command; that there was nothing to clean is no fault. */
export async function runCleanup(command: readonly string[] | null): Promise<void> {
  const [program, ...args] = command ?? []
  if (program !== undefined) {
    await promisify(execFile)(program, args, { timeout: 60_000 }).catch(() => undefined)
  }
}
