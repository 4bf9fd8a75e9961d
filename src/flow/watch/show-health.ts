import { type Condition, conditionKinds } from '../../core/watch/condition.ts'
import type { WatchPolicy } from '../../core/watch/watch-policy.ts'
import type { StoreReader } from '../../store/store.ts'
import { watchConditions } from './watch-conditions.ts'
import type { Surroundings } from './watch-look.ts'

/** How the service is, as `patchferry status` shows it. */
export interface ShownHealth {
  readonly state: Condition['state']
  /** When the worker last looked; null where none ever did. */
  readonly lookedAt: string | null
  readonly conditions: readonly {
    readonly condition: string
    readonly subject: string | null
    readonly state: Condition['state']
    readonly since: string
    readonly message: string
    readonly value: number | null
    readonly unit: string | null
    readonly limit: number | null
    readonly remedy: string | null
  }[]
}

/** Every watched condition, and whether any is bad. */
export async function showHealth(
  reader: StoreReader,
  around: Surroundings,
  policy: WatchPolicy,
  now: Date,
): Promise<ShownHealth> {
  const conditions = await watchConditions(reader, around, policy, now)
  return {
    state: conditions.some(({ state }) => state === 'bad') ? 'bad' : 'good',
    lookedAt: (await reader.watched())?.at.toISOString() ?? null,
    conditions: conditions.map((one) => ({
      condition: one.id,
      subject: one.subject,
      state: one.state,
      since: one.since.toISOString(),
      message: one.message,
      value: one.value,
      unit: conditionKinds[one.id].unit,
      limit: one.limit,
      remedy: one.remedy,
    })),
  }
}
