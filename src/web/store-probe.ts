import type { Clock } from '../core/clock.ts'
import type { Store, StoreReader } from '../store/store.ts'
import type { HealthFinding, HealthLevel, HealthProbe } from './ports.ts'

export interface StoreProbeOptions {
  readonly store: Pick<Store, 'read'>
  readonly clock: Clock
  /** A job that is due this long and still waits tells that the worker stands still. */
  readonly overdueMs: number
}

/** More than this many are not counted one by one. */
const countLimit = 1000

interface Watched {
  readonly check: string
  readonly count: number
  readonly unit: string
  /** The level when there is at least one. */
  readonly level: HealthLevel
  readonly what: string
  readonly none: string
  readonly remedy: string | null
}

function finding({ check, count, unit, level, what, none, remedy }: Watched): HealthFinding {
  return count === 0
    ? { check, level: 'ok', message: none, remedy: null, value: 0, unit }
    : { check, level, message: `${what}: ${count}.`, remedy, value: count, unit }
}

function overdue(nextAt: Date | null, now: Date, overdueMs: number): HealthFinding {
  const waitMs = nextAt === null ? 0 : Math.max(0, now.getTime() - nextAt.getTime())
  const isStuck = waitMs > overdueMs
  const seconds = Math.round(waitMs / 1000)
  return {
    check: 'oldest-due-job',
    level: isStuck ? 'failing' : 'ok',
    message: isStuck ? `The oldest due job has waited ${seconds} seconds.` : 'No job is overdue.',
    remedy: isStuck
      ? 'Look in the log for what the worker does; restart it if it does nothing.'
      : null,
    value: seconds,
    unit: 'seconds',
  }
}

async function look(
  reader: StoreReader,
  now: Date,
  overdueMs: number,
): Promise<readonly HealthFinding[]> {
  const outbox = await reader.outboxCounts()
  const jobs = await reader.jobCounts()
  const quarantine = await reader.quarantine(countLimit)
  return [
    {
      check: 'store',
      level: 'ok',
      message: 'The store can be read.',
      remedy: null,
      value: null,
      unit: null,
    },
    overdue(await reader.nextJobAt(), now, overdueMs),
    finding({
      check: 'dead-jobs',
      count: jobs.dead ?? 0,
      unit: 'jobs',
      level: 'warning',
      what: 'Jobs given up',
      none: 'No job was given up.',
      remedy: 'The health page of the dashboard names them and their last error.',
    }),
    finding({
      check: 'quarantine',
      count: quarantine.length,
      unit: 'mails',
      level: 'warning',
      what: 'Mails that could not be read',
      none: 'Every mail could be read.',
      remedy: 'The quarantine page of the dashboard says why. Their bytes are in the archive.',
    }),
    finding({
      check: 'held-mails',
      count: outbox.held ?? 0,
      unit: 'mails',
      level: 'ok',
      what: 'Mails that wait for a person',
      none: 'No mail waits for a person.',
      remedy: null,
    }),
    finding({
      check: 'unknown-outcomes',
      count: outbox.unknown ?? 0,
      unit: 'mails',
      level: 'warning',
      what: 'Mails that may or may not have been sent',
      none: 'The fate of every mail is known.',
      remedy: 'Look whether they are on the list, then release or drop them on the outbox page.',
    }),
    finding({
      check: 'failed-mails',
      count: outbox.failed ?? 0,
      unit: 'mails',
      level: 'warning',
      what: 'Mails refused for good',
      none: 'No mail was refused.',
      remedy: 'The outbox page shows the answer of the mail server.',
    }),
  ]
}

/** What the store alone can tell of the health of the service. */
export function createStoreProbe({ store, clock, overdueMs }: StoreProbeOptions): HealthProbe {
  return {
    name: 'store',
    look: () => store.read((reader) => look(reader, clock(), overdueMs)),
  }
}
