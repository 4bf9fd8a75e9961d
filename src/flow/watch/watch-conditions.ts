import {
  type Condition,
  type ConditionId,
  conditionKey,
  conditionKinds,
  isTooLow,
  type Measured,
  toCondition,
} from '../../core/watch/condition.ts'
import type { WatchPolicy } from '../../core/watch/watch-policy.ts'
import type { DeadJob, JobKind, StoreReader } from '../../store/store.ts'
import { quarantinedMails } from '../acts/quarantine-acts.ts'
import { isLoginRefused, namesRefusedLogin } from '../refused-login.ts'
import { type Look, type Surroundings, seconds, spanWords } from './watch-look.ts'
import { measureWorker } from './watch-worker.ts'

/** More than this many are not counted one by one. */
const countLimit = 1_000
const quarantineMs = 7 * 86_400_000
const patientKinds: ReadonlySet<JobKind> = new Set(['test', 'send'])
const patience = 24
/** What is put off by a mail server shows as delayed mails. */
const ownConditions: ReadonlySet<JobKind> = new Set(['send'])
const muchTried = 6

function plural(count: number, one: string, many: string): string {
  return `${count >= countLimit ? `${countLimit} or more` : count} ${count === 1 ? one : many}`
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2)
}

function freeDisk({ around: { freeBytes }, limits, before }: Look): Measured {
  const limit = limits.freeDiskBytes
  return {
    id: 'free-disk',
    subject: null,
    value: freeBytes,
    limit,
    isBad: freeBytes === null || isTooLow(freeBytes, limit, before.get('free-disk') ?? null),
    message:
      freeBytes === null
        ? 'How much disk is free cannot be found out.'
        : `${megabytes(freeBytes)} MB are free for the state folder; ${megabytes(limit)} MB are wanted.`,
  }
}

/** How long it waits, counted from the start of the worker at the earliest: nobody could do it before. */
async function dueJobs({ reader, around, limits, now }: Look): Promise<Measured> {
  const startedAt = around.worker?.startedAt.getTime() ?? 0
  let value = 0
  let isBad = false
  for (const [kind, since] of await reader.oldestDue(now)) {
    const waitMs = now.getTime() - Math.max(startedAt, since.getTime())
    value = Math.max(value, waitMs)
    isBad ||= waitMs > limits.dueJobMs * (patientKinds.has(kind) ? patience : 1)
  }
  return {
    id: 'oldest-due-job',
    subject: null,
    value: seconds(value),
    limit: seconds(limits.dueJobMs),
    isBad,
    message: value === 0 ? 'No job is due.' : `The oldest due job has waited ${spanWords(value)}.`,
  }
}

type Words = readonly [none: string, one: string, many: string]

function counted(id: ConditionId, count: number, [none, one, many]: Words): Measured {
  const message = count === 0 ? none : `${plural(count, one, many)}.`
  return { id, subject: null, value: count, limit: 0, isBad: count > 0, message }
}

async function quarantine({ reader, now }: Look): Promise<Measured> {
  const since = now.getTime() - quarantineMs
  const recent = (await quarantinedMails(reader, countLimit)).filter(
    ({ at, seen }) => at.getTime() > since && seen === null,
  )
  const [newest] = recent
  const measured = counted('quarantine', recent.length, [
    'No mail of the last seven days was unreadable, but what somebody has looked at.',
    'mail of the last seven days could not be read',
    'mails of the last seven days could not be read',
  ])
  const words = newest === undefined ? '' : ` The newest came by ${newest.source}: ${newest.code}.`
  return { ...measured, message: `${measured.message}${words}` }
}

/** Of mails that have waited since these times. */
function longestWait(
  id: ConditionId,
  times: readonly Date[],
  limitMs: number,
  now: Date,
  [none, one, many]: Words,
): Measured {
  const ageMs = times.reduce((most, at) => Math.max(most, now.getTime() - at.getTime()), 0)
  return {
    id,
    subject: null,
    value: seconds(ageMs),
    limit: seconds(limitMs),
    isBad: ageMs > limitMs,
    message:
      times.length === 0
        ? none
        : `${plural(times.length, one, many)}, the longest for ${spanWords(ageMs)}.`,
  }
}

/** A dry run holds its mails on purpose. */
async function heldMails({ reader, limits, now }: Look): Promise<Measured> {
  const held = await reader.outbox({ states: ['held'], limit: countLimit })
  const waiting = held.filter(({ note }) => !note.startsWith('dry run'))
  const times = waiting.map(({ updatedAt }) => updatedAt)
  return longestWait('held-mails', times, limits.heldMailMs, now, [
    'No mail waits for a person.',
    'mail waits for a person',
    'mails wait for a person',
  ])
}

async function delayedMails({ reader, limits, now }: Look): Promise<Measured> {
  const pending = await reader.outbox({ states: ['pending'], limit: countLimit })
  const putOff = pending.filter(({ offeredAt }) => offeredAt !== null)
  const times = putOff.map(({ createdAt }) => createdAt)
  const delayed = longestWait('delayed-mails', times, limits.delayedMailMs, now, [
    'No mail is put off.',
    'mail is put off',
    'mails are put off',
  ])
  return putOff.some(({ note }) => namesRefusedLogin(note))
    ? {
        ...delayed,
        isBad: true,
        message: `The mail server refuses the login. ${delayed.message}`,
      }
    : delayed
}

/** The first of them by name, with the first line of its error. */
function jobWords({ kind, key, lastError }: DeadJob): string {
  const error = plainWords(lastError)
  const said = error.length > 300 ? `${error.slice(0, 300)} ...` : error
  return ` The first: ${kind} ${key}: ${said}${/[.!?]$/.test(said) ? '' : '.'}`
}

function plainWords(text: string): string {
  return (text.split('\n', 1)[0] ?? '').trim()
}

async function ofJobs({ reader }: Look): Promise<readonly Measured[]> {
  const { dead = 0 } = await reader.jobCounts()
  const [lost] = await reader.deadJobs(1)
  const all = await reader.failedJobs(countLimit)
  const failed = all.filter(({ kind }) => !ownConditions.has(kind))
  const first = failed.find(isLoginRefused) ?? failed[0]
  const isBad = first !== undefined && (isLoginRefused(first) || first.attempt >= muchTried)
  const [given, failing] = [
    counted('dead-jobs', dead, ['No job was given up.', 'job was given up', 'jobs were given up']),
    counted('failing-jobs', failed.length, [
      'No job has failed and is to be tried again.',
      'job has failed and is to be tried again',
      'jobs have failed and are to be tried again',
    ]),
  ]
  return [
    { ...given, message: `${given.message}${lost === undefined ? '' : jobWords(lost)}` },
    { ...failing, isBad, message: `${failing.message}${isBad ? jobWords(first) : ''}` },
  ]
}

async function ofOutbox({ reader }: Look): Promise<readonly Measured[]> {
  const { unknown = 0, failed = 0 } = await reader.outboxCounts()
  return [
    counted('unknown-outcomes', unknown, [
      'The fate of every mail is known.',
      'mail may or may not have been sent',
      'mails may or may not have been sent',
    ]),
    counted('failed-mails', failed, [
      'No mail was refused.',
      'mail was refused or given up',
      'mails were refused or given up',
    ]),
  ]
}

/** What has a subject only the worker knows. What it found last stands where it cannot be looked at from here, and until it has looked. */
function carriedOver({ around, before }: Look): readonly Condition[] {
  const own = [...before.values()].filter(({ id }) => conditionKinds[id].of !== null)
  if (around.worker === null) {
    return own
  }
  const unreadYet = new Set(
    around.worker.sources.filter(({ readAt }) => readAt === null).map(({ name }) => name),
  )
  return own.filter(
    ({ id, subject }) => id === 'source-silence' && subject !== null && unreadYet.has(subject),
  )
}

/**
 * Every watched condition as it is now: what /health, the metrics, `patchferry status`, the dashboard and mails to the operator
 * show. Looks and changes nothing; since when each is so is known from what was saved before.
 */
export async function watchConditions(
  reader: StoreReader,
  around: Surroundings,
  { limits, ignored }: Pick<WatchPolicy, 'limits' | 'ignored'>,
  now: Date,
): Promise<readonly Condition[]> {
  const saved = (await reader.watched())?.conditions ?? []
  const before = new Map(saved.map((one) => [conditionKey(one), one]))
  const look: Look = { reader, around, limits, now, before }
  const store: Measured = {
    id: 'store',
    subject: null,
    value: null,
    limit: null,
    isBad: false,
    message: 'The store can be read.',
  }
  const measured = [
    store,
    freeDisk(look),
    await dueJobs(look),
    ...(await ofJobs(look)),
    ...(await ofOutbox(look)),
    await quarantine(look),
    await heldMails(look),
    await delayedMails(look),
    ...(around.worker === null ? [] : await measureWorker(around.worker, look)),
  ]
  const conditions = [
    ...measured.map((one) => toCondition(one, before.get(conditionKey(one)) ?? null, now)),
    ...carriedOver(look),
  ]
  return conditions.filter(
    (one) => !ignored.includes(one.id) && !ignored.includes(conditionKey(one)),
  )
}
