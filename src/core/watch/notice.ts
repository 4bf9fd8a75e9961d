import { createHash } from 'node:crypto'
import { type Condition, conditionKey } from './condition.ts'
import type { WatchPolicy } from './watch-policy.ts'

/** By what a person tells one running Patchferry from another. */
export interface Installation {
  /** Name of the machine. */
  readonly host: string
  readonly stateDirectory: string
  /** Names of the projects. */
  readonly projects: readonly string[]
}

/** One mail to the operator. */
export interface Notice {
  readonly turnedBad: readonly Condition[]
  /** Null in place of a condition that is not watched any more. */
  readonly recovered: readonly { readonly key: string; readonly condition: Condition | null }[]
  /** Bad, and told of before. */
  readonly stillBad: readonly Condition[]
  readonly at: Date
}

/** What the operator was told by now. */
export interface Told {
  /** Keys of the conditions that the last mail called bad. */
  readonly bad: ReadonlySet<string>
  /** When the mails of the last day were written. */
  readonly at: readonly Date[]
}

function hasBeenFor({ since }: Condition, ms: number, now: Date): boolean {
  return now.getTime() - since.getTime() >= ms
}

/**
 * What is to be told now; null for nothing. A condition is told once when it has been bad for a while, and once when it has been
 * good for a while. What turned bad just now goes along with a mail that is due anyway; what is beyond the day's
 * number of mails waits for a later one, which tells what is true then. `unheard` were bad, could not be told while they were, and
 * are good again. `renewed`: keys of conditions that were told, and of which there is more since then: told again, but
 * by themselves at most once a day.
 */
export function dueNotice(
  conditions: readonly Condition[],
  told: Told,
  { mailsPerDay, badForMs, goodForMs }: Pick<WatchPolicy, 'mailsPerDay' | 'badForMs' | 'goodForMs'>,
  now: Date,
  unheard: readonly Condition[] = [],
  renewed: ReadonlySet<string> = new Set(),
): Notice | null {
  const byKey = new Map(conditions.map((one) => [conditionKey(one), one]))
  const bad = conditions.filter(({ state }) => state === 'bad')
  function isNews(one: Condition): boolean {
    const key = conditionKey(one)
    return !told.bad.has(key) || renewed.has(key)
  }
  const turnedBad = bad.filter(isNews)
  const isRenewed = told.at.length === 0 && turnedBad.some((one) => told.bad.has(conditionKey(one)))
  const recovered = [
    ...[...told.bad]
      .map((key) => ({ key, condition: byKey.get(key) ?? null }))
      .filter(
        ({ condition }) =>
          condition === null ||
          (condition.state === 'good' && hasBeenFor(condition, goodForMs, now)),
      ),
    ...unheard.map((condition) => ({ key: conditionKey(condition), condition })),
  ]
  const isDue =
    recovered.length > 0 ||
    isRenewed ||
    turnedBad.some((one) => !told.bad.has(conditionKey(one)) && hasBeenFor(one, badForMs, now))
  return isDue && told.at.length < mailsPerDay
    ? {
        turnedBad,
        recovered,
        stillBad: bad.filter((one) => !isNews(one)),
        at: now,
      }
    : null
}

/** What the operator takes for bad once a notice has been read. */
export function badAfter(
  told: Pick<Told, 'bad'>,
  { turnedBad, recovered }: Notice,
): readonly string[] {
  const good = new Set(recovered.map(({ key }) => key))
  const bad = new Set([...told.bad, ...turnedBad.map(conditionKey)])
  return [...bad].filter((key) => !good.has(key))
}

/** The permanent outbox key of a notice. */
export function noticeKey({ turnedBad, recovered, at }: Notice): string {
  const whole = JSON.stringify([
    'operator',
    at.getTime(),
    turnedBad.map(conditionKey),
    recovered.map(({ key }) => key),
  ])
  const minute = at.toISOString().slice(0, 16).replaceAll(':', '')
  return `operator-${minute}-${createHash('sha256').update(whole).digest('hex').slice(0, 32)}`
}
