import { silenceLimitMs } from '../../core/watch/arrival-habit.ts'
import { conditionKey, isTooLow, type Measured } from '../../core/watch/condition.ts'
import { refreshedAt } from '../publish/refresh-branches.ts'
import { type Look, type SourceReading, seconds, spanWords, type WorkerView } from './watch-look.ts'

/** How mail comes in that no source is read for. */
const pushedSources = ['stdin', 'http']

async function silence(subject: string, readAt: Date, { reader }: Look): Promise<Measured | null> {
  const arrivals = await reader.arrivals(subject)
  if (arrivals === null) {
    return null
  }
  const limitMs = silenceLimitMs(arrivals)
  const silentMs = Math.max(0, readAt.getTime() - arrivals.lastAt.getTime())
  const habit =
    limitMs === null
      ? 'its habit is not known yet'
      : `by its habit ${spanWords(limitMs)} would be suspicious`
  return {
    id: 'source-silence',
    subject,
    value: seconds(silentMs),
    limit: limitMs === null ? null : seconds(limitMs),
    isBad: limitMs !== null && silentMs > limitMs,
    message: `The last mail of ${subject} came ${spanWords(silentMs)} ago; ${habit}.`,
  }
}

/** `sync` begins anew each time: a failure that stood before goes on. */
function unread({ name, failingSince }: SourceReading, { limits, now, before }: Look): Measured {
  const known = before.get(conditionKey({ id: 'source-unread', subject: name }))
  const knownMs = (known?.value ?? 0) * 1_000
  const sinceMs = failingSince === null ? 0 : now.getTime() - failingSince.getTime()
  const failingMs = failingSince === null ? 0 : Math.max(sinceMs, knownMs, 1_000)
  return {
    id: 'source-unread',
    subject: name,
    value: seconds(failingMs),
    limit: seconds(limits.sourceUnreadMs),
    isBad: failingMs > limits.sourceUnreadMs,
    message:
      failingSince === null
        ? `${name} can be read.`
        : `Reading ${name} has failed for ${spanWords(failingMs)}.`,
  }
}

async function mirrorAge(subject: string, startedAt: Date, look: Look): Promise<Measured> {
  const { reader, limits, now } = look
  const at = await refreshedAt(subject, reader)
  const ageMs = at === null ? null : Math.max(0, now.getTime() - at.getTime())
  const triedMs = now.getTime() - startedAt.getTime()
  return {
    id: 'mirror-age',
    subject,
    value: ageMs === null ? null : seconds(ageMs),
    limit: seconds(limits.mirrorAgeMs),
    isBad: Math.min(ageMs ?? triedMs, triedMs) > limits.mirrorAgeMs,
    message:
      ageMs === null
        ? `The base branches of ${subject} were never refreshed.`
        : `The base branches of ${subject} were refreshed ${spanWords(ageMs)} ago.`,
  }
}

function rateLimit(
  { name, remaining, resetAt }: WorkerView['accounts'][number],
  { limits, now, before }: Look,
): Measured {
  const known = before.get(conditionKey({ id: 'rate-limit', subject: name })) ?? null
  const isOver = resetAt !== null && resetAt <= now
  return {
    id: 'rate-limit',
    subject: name,
    value: remaining,
    limit: limits.requestsLeft,
    isBad: remaining !== null && !isOver && isTooLow(remaining, limits.requestsLeft, known),
    message:
      remaining === null
        ? `The forge of ${name} has told no limit.`
        : `The forge of ${name} allows ${remaining} more requests${resetAt === null ? '' : ` until ${resetAt.toISOString().slice(11, 16)} UTC`}.`,
  }
}

/** What only the worker can tell: how its sources are read and what they bring, mirrors, limits of forges. */
export async function measureWorker(view: WorkerView, look: Look): Promise<readonly Measured[]> {
  const names = new Set(view.sources.map(({ name }) => name))
  const pushed = pushedSources.filter((one) => !names.has(one))
  const silences = await Promise.all([
    ...view.sources.flatMap(({ name, readAt }) =>
      readAt === null ? [] : [silence(name, readAt, look)],
    ),
    ...pushed.map((name) => silence(name, look.now, look)),
  ])
  return [
    ...view.sources.map((source) => unread(source, look)),
    ...silences.filter((one) => one !== null),
    ...(await Promise.all(view.projects.map((name) => mirrorAge(name, view.startedAt, look)))),
    ...view.accounts.map((account) => rateLimit(account, look)),
  ]
}
