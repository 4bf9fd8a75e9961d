import type { WatchPolicy } from '../core/watch/watch-policy.ts'
import type { Settings } from './schema/schema.ts'

/** The `operator` section of settings without findings. */
export function toWatchPolicy({ operator }: Settings): WatchPolicy {
  const { limits } = operator
  return {
    address: operator.address ?? null,
    mailsPerDay: operator.mailsPerDay,
    badForMs: operator.badFor,
    goodForMs: operator.goodFor,
    ignored: operator.ignore,
    limits: {
      dueJobMs: limits.dueJob,
      heldMailMs: limits.heldMail,
      delayedMailMs: limits.delayedMail,
      sourceUnreadMs: limits.sourceUnread,
      mirrorAgeMs: limits.mirrorAge,
      freeDiskBytes: limits.freeDisk,
      requestsLeft: limits.requestsLeft,
    },
  }
}
