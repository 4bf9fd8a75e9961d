import type { Config } from '../../config/config.ts'
import type { IntakePorts } from '../../flow/intake/take-mail.ts'
import { assembleDue } from '../../flow/series/assemble-mails.ts'
import type { AssemblyPorts } from '../../flow/series/assemble-thread.ts'
import { quietMs } from '../open-intake.ts'

/** Threads rest for so many batches before they are assembled, because most of them grow meanwhile. */
const batchesOfRest = 3

/** As with batches: what a transaction costs is for the most part the same however many threads it assembles. */
const atOnce = { threads: 1000, mails: 2000 }

/** Assembles the threads of what is being imported. */
export interface ImportThreads {
  /** Those that have rested. */
  afterBatch(): Promise<void>
  /** All that are left, until `signal` is aborted. */
  finish(signal: AbortSignal): Promise<void>
}

/**
 * Assembling beside an import leaves nothing of it to the next `sync`, and the main thread has nothing else to do while
 * others parse and archive. What is not assembled here, because it is stopped or fails, a worker takes up.
 */
export function importThreads(
  config: Config,
  { store, clock, log }: Pick<IntakePorts, 'store' | 'clock' | 'log'>,
): ImportThreads {
  const ports: AssemblyPorts & Pick<IntakePorts, 'store'> = {
    store,
    clock,
    quietMs,
    bot: config.bot,
    projects: config.projects.map((project) => ({ project })),
  }
  const times: Date[] = []
  let hasFailed = false

  async function assembleUntil(dueAt: Date, signal: AbortSignal | null): Promise<void> {
    try {
      for (let count = -1; count !== 0 && !hasFailed && signal?.aborted !== true; ) {
        count = await assembleDue(dueAt, ports, atOnce)
      }
    } catch (error) {
      hasFailed = true
      log.warn({ err: error }, 'threads are left to the service')
    }
  }

  return {
    async afterBatch() {
      times.push(clock())
      const rested = times.length > batchesOfRest ? times.shift() : undefined
      if (rested !== undefined) {
        await assembleUntil(rested, null)
      }
    },
    finish: (signal) => assembleUntil(clock(), signal),
  }
}
