import type { WatchPolicy } from '../../src/core/watch/watch-policy.ts'

const minute = 60_000

/** As it is where nothing is configured, and with an operator. */
export const watchPolicy: WatchPolicy = {
  address: 'ops@example.org',
  mailsPerDay: 6,
  badForMs: 5 * minute,
  goodForMs: 15 * minute,
  ignored: [],
  limits: {
    dueJobMs: 30 * minute,
    heldMailMs: 3 * 24 * 60 * minute,
    delayedMailMs: 120 * minute,
    sourceUnreadMs: 30 * minute,
    mirrorAgeMs: 60 * minute,
    freeDiskBytes: 1024 ** 3,
    requestsLeft: 100,
  },
}
