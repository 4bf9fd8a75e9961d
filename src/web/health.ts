import type { Clock } from '../core/clock.ts'
import { type Condition, conditionKinds } from '../core/watch/condition.ts'
import type { Logger } from '../log/logger.ts'
import { createRepeatedFault, type RepeatedFault } from '../log/repeated-fault.ts'

export interface Health {
  readonly state: Condition['state']
  readonly conditions: readonly Condition[]
  readonly at: Date
}

export type LookAtHealth = () => Promise<Health>

export interface HealthOptions {
  /** Every watched condition as it is now. */
  readonly watch: () => Promise<readonly Condition[]>
  readonly clock: Clock
  readonly log: Logger
  /** How long one look serves every asker, so that asking often costs nothing. */
  readonly freshMs: number
  /** How long a look may take before the store counts as bad. */
  readonly patienceMs: number
}

function unseen(since: Date, isTooLong: boolean): Condition {
  return {
    id: 'store',
    subject: null,
    state: 'bad',
    since,
    message: isTooLong ? 'The store did not answer in time.' : 'The store cannot be read.',
    value: null,
    limit: null,
    remedy: conditionKinds.store.remedy,
  }
}

async function look(
  { watch, patienceMs }: HealthOptions,
  fault: RepeatedFault,
): Promise<readonly Condition[]> {
  const patience = AbortSignal.timeout(patienceMs)
  const tooLong = new Promise<never>((_resolve, reject) => {
    patience.addEventListener('abort', () => reject(patience.reason), { once: true })
  })
  try {
    const conditions = await Promise.race([watch(), tooLong])
    fault.well()
    return conditions
  } catch (error) {
    return [unseen(fault.failed(error), patience.aborted)]
  }
}

/** How the service is; askers within `freshMs` share one look. Never rejects. */
export function createHealth(options: HealthOptions): LookAtHealth {
  const fault = createRepeatedFault('the watched conditions cannot be looked at', options)
  let last: { readonly since: number; readonly health: Promise<Health> } | null = null

  async function lookAtAll(at: Date): Promise<Health> {
    const conditions = await look(options, fault)
    const isBad = conditions.some(({ state }) => state === 'bad')
    return { state: isBad ? 'bad' : 'good', conditions, at }
  }

  return () => {
    const now = options.clock()
    if (last === null || now.getTime() - last.since >= options.freshMs) {
      last = { since: now.getTime(), health: lookAtAll(now) }
    }
    return last.health
  }
}
