import type { Job } from '../store/store.ts'
import { finish } from './job-outcome.ts'
import type { FlowPorts, Upkeep } from './ports.ts'
import { foldMailRefs } from './publish/fold-mail-refs.ts'

/** What the one tidying job is called. */
export const tidyKey = 'all'
/** Of what lives only for one run. */
export const noUpkeep: Upkeep = {
  retention: {
    logsMs: Infinity,
    checksMs: Infinity,
    givenUpMs: Infinity,
    checkoutsMs: Infinity,
    mailRefsMs: Infinity,
  },
  tidyFiles: async () => undefined,
}
/** Where it is remembered when this was done last. */
const cursorName = 'tidied'
/** Once a day, with room for a service that is started at the same time each day. */
const everyMs = 20 * 60 * 60_000
/** Small, because the store's driver holds the event loop while it writes. */
const rowsAtOnce = 200

/**
 * Forgets what is older than `ports.upkeep.retention` allows, a few rows at a time, and tidies up files, once a day. Nothing
 * that a rebuild, `explain` or sending once needs is ever among it. A kill in the middle means that the rest is done by the
 * next run.
 */
export async function tidyUp(job: Job, ports: FlowPorts, signal: AbortSignal): Promise<void> {
  const now = ports.clock()
  const last = await ports.store.read((reader) => reader.cursor(cursorName))
  const sinceMs = last === null ? null : now.getTime() - Date.parse(last)
  if (sinceMs !== null && sinceMs >= 0 && sinceMs < everyMs) {
    await finish(job, ports)
    return
  }
  // A new installation has nothing to tidy up yet.
  if (last !== null) {
    await forgetRows(now, ports, signal)
    await foldAll(ports, signal)
    await ports.upkeep.tidyFiles(signal)
    await ports.store.compact()
  }
  await finish(job, ports, (tx) => tx.saveCursor(cursorName, now.toISOString()))
}

/** A mirror that is not there now has its turn on another day. */
async function foldAll(ports: FlowPorts, signal: AbortSignal): Promise<void> {
  for (const project of ports.projects) {
    try {
      await foldMailRefs(project, ports, signal)
    } catch (error) {
      signal.throwIfAborted()
      const fields = { project: project.project.name, err: error }
      ports.log.warn(fields, 'old mail refs of the mirror were not folded; tried again tomorrow')
    }
  }
}

async function forgetRows(
  now: Date,
  { store, upkeep: { retention } }: FlowPorts,
  signal: AbortSignal,
): Promise<void> {
  function before(keptMs: number): Date {
    return new Date(now.getTime() - keptMs)
  }
  const old = {
    logs: before(retention.logsMs),
    checks: before(retention.checksMs),
    givenUp: before(retention.givenUpMs),
  }
  for (let count = rowsAtOnce; count >= rowsAtOnce; ) {
    signal.throwIfAborted()
    count = await store.transaction((tx) => tx.forgetOld(old, rowsAtOnce))
  }
}
