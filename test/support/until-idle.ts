import { readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Runtime } from '../../src/app/runtime.ts'

/** What is due later than this is not waited for. */
const farMs = 60_000
/** When the next thing is to be done; null where nothing is left. */
async function nextAt({ config, ports }: Runtime): Promise<Date | null> {
  const unread = config.sources.flatMap((source) =>
    source.kind === 'imap' ? [] : readdirSync(path.join(source.path, 'new')),
  )
  return ports.store.read(async (reader) => {
    const isBusy = unread.length > 0 || ((await reader.jobCounts()).running ?? 0) > 0
    return isBusy ? new Date(0) : reader.nextJobAt()
  })
}

/**
 * Waits until a running service has nothing left to do for a minute; when it will have something, by its clock. For
 * `hesitationMs` what comes from outside, such as a webhook, may bring that forward.
 */
export async function untilIdle(
  runtime: Runtime,
  now: () => Date,
  hesitationMs: number,
): Promise<Date | null> {
  let farSince: number | null = null
  // Twice, because a mail lies in no folder for the instant in which its job is not stored yet either.
  for (let idle = 0; idle < 2; ) {
    await sleep(25)
    const next = await nextAt(runtime)
    idle = next === null ? idle + 1 : 0
    const isFar = next !== null && next.getTime() > now().getTime() + farMs
    farSince = isFar ? (farSince ?? Date.now()) : null
    if (farSince !== null && Date.now() - farSince >= hesitationMs) {
      return next
    }
  }
  return null
}
