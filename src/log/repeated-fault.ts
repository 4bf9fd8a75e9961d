import type { Logger } from './logger.ts'

/** So often a fault that lasts is said again. */
const againMs = 10 * 60_000

/** Tells of something that is tried again and again. */
export interface RepeatedFault {
  /** It failed; gives since when it has been failing. */
  failed(error: unknown): Date
  /** It went well. */
  well(): void
}

function nameOf(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  return String(code ?? message ?? error)
}

/**
 * A fault that lasts is one line of the log when it begins, one when it becomes another, one every ten minutes, and one when it is
 * over, however often it is met.
 */
export function createRepeatedFault(
  message: string,
  { log, clock }: { readonly log: Logger; readonly clock: () => Date },
): RepeatedFault {
  let lasting: { readonly since: Date; readonly name: string; readonly saidAt: Date } | null = null
  return {
    failed(error) {
      const now = clock()
      const name = nameOf(error)
      const since = lasting?.since ?? now
      const isSaid =
        lasting?.name === name && Math.abs(now.getTime() - lasting.saidAt.getTime()) < againMs
      if (!isSaid) {
        log.error({ err: error, since }, message)
      }
      lasting = { since, name, saidAt: isSaid ? (lasting?.saidAt ?? now) : now }
      return since
    },
    well() {
      if (lasting !== null) {
        log.info({ since: lasting.since, fault: lasting.name }, `no longer: ${message}`)
        lasting = null
      }
    },
  }
}
