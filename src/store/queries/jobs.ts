import { sql } from 'kysely'
import { prepared, preparedFor } from '../prepared.ts'
import type { DeadJob, Job, JobKind, JobState, StoreTransaction } from '../store.ts'
import { storeError } from '../store-error.ts'
import { type Db, type Row, toDate } from '../tables.ts'
import { indexKey } from '../text.ts'

const longestError = 4000
const jobColumns = ['id', 'kind', 'key', 'attempt', 'deaths', 'run_at'] as const

function toJob(row: Pick<Row<'job'>, (typeof jobColumns)[number]>): Job {
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    attempt: row.attempt,
    deaths: row.deaths,
    runAt: toDate(row.run_at),
  }
}

export async function jobCounts(db: Db): Promise<Readonly<Partial<Record<JobState, number>>>> {
  const rows = await db
    .selectFrom('job')
    .select((e) => ['state', e.fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

export async function deadJobs(db: Db, limit: number): Promise<readonly DeadJob[]> {
  const rows = await db
    .selectFrom('job')
    .select([...jobColumns, 'last_error'])
    .where('state', '=', 'dead')
    .orderBy('run_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...toJob(row), lastError: row.last_error ?? '' }))
}

/** See `StoreReader.failedJobs`. */
export async function failedJobs(db: Db, limit: number): Promise<readonly DeadJob[]> {
  const rows = await db
    .selectFrom('job')
    .select([...jobColumns, 'last_error'])
    .where('state', '=', 'waiting')
    .where('last_error', 'is not', null)
    .orderBy('attempt', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...toJob(row), lastError: row.last_error ?? '' }))
}

export async function nextJobAt(db: Db): Promise<Date | null> {
  const { next } = await db
    .selectFrom('job')
    .select((e) => e.fn.min('run_at').as('next'))
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return toDate(next)
}

/** See `StoreReader.oldestDue`. */
export async function oldestDue(db: Db, now: Date): Promise<ReadonlyMap<JobKind, Date>> {
  const rows = await db
    .selectFrom('job')
    .select((e) => ['kind', e.fn.min<number>('run_at').as('since')])
    .where('state', '=', 'waiting')
    .where('run_at', '<=', now.getTime())
    .groupBy('kind')
    .execute()
  return new Map(rows.map(({ kind, since }) => [kind, toDate(since)]))
}

/** See `StoreTransaction.enqueue`, for one transaction: no job dies in one that enqueues. */
export function enqueueingIn(db: Db): StoreTransaction['enqueue'] {
  let isAnyDead: boolean | null = null
  return async (kind, key, runAt, postpone) => {
    isAnyDead ??= (await deadOnes(db, {})).rows.length > 0
    await enqueue(db, kind, key, runAt, postpone, isAnyDead)
  }
}

const deadOnes = prepared((db) =>
  db.selectFrom('job').select('id').where('state', '=', 'dead').limit(1).compile(),
)

async function enqueue(
  db: Db,
  kind: JobKind,
  key: string,
  runAt: Date,
  postpone?: 'postpone',
  mayBeDead = true,
): Promise<void> {
  const key_index = indexKey(key)
  if (mayBeDead) {
    // A dead job goes, so that its successor has an id of its own and no late worker can speak for it.
    await removeDead(db, { kind, key_index })
  }
  const put = postpone === undefined ? putSooner : putLater
  await put(db, { kind, key_index, key, run_at: runAt.getTime() })
}

const removeDead = prepared((db, dead: Pick<Row<'job'>, 'kind' | 'key_index'>) =>
  db
    .deleteFrom('job')
    .where('kind', '=', dead.kind)
    .where('key_index', '=', dead.key_index)
    .where('state', '=', 'dead')
    .compile(),
)

type NewJob = Pick<Row<'job'>, 'kind' | 'key_index' | 'key' | 'run_at'>

const putSooner = putting('<')
const putLater = putting('>')

/** Of two times the one that is `wanted` counts. */
function putting(wanted: '<' | '>'): (db: Db, job: NewJob) => Promise<unknown> {
  const isWanted = sql.raw(wanted)
  return prepared((db, row: NewJob) =>
    db
      .insertInto('job')
      .values({ ...row, state: 'waiting', attempt: 0, deaths: 0 })
      .onConflict((conflict) =>
        conflict.columns(['kind', 'key_index']).doUpdateSet({
          run_at: sql`case when job.state = 'waiting' and excluded.run_at ${isWanted} job.run_at
            then excluded.run_at else job.run_at end`,
          again_at: sql`case when job.state <> 'running' then null
            when job.again_at is null or excluded.run_at ${isWanted} job.again_at
            then excluded.run_at else job.again_at end`,
        }),
      )
      .compile(),
  )
}

/** Who claims, and when. */
export interface Claim {
  readonly worker: string
  readonly holder: string
  readonly now: Date
  readonly leaseUntil: Date
}

interface DueQuery {
  readonly kind: JobKind
  readonly now: number
  readonly limit: number
}

const dueJobs = prepared((db, { kind, now, limit }: DueQuery) =>
  db
    .selectFrom('job')
    .select(['id', 'run_at'])
    .where('state', '=', 'waiting')
    .where('kind', '=', kind)
    .where('run_at', '<=', now)
    .orderBy('run_at')
    .orderBy('id')
    .limit(limit)
    .compile(),
)

type Lease = Pick<Row<'job'>, 'worker' | 'holder' | 'lease_until'>

const lease = preparedFor((db, ids: readonly number[], row: Lease) =>
  db
    .updateTable('job')
    .set((e) => ({ ...row, state: 'running' as const, attempt: e('attempt', '+', 1) }))
    .where('id', 'in', ids)
    .where('state', '=', 'waiting')
    .returning(jobColumns)
    .compile(),
)

async function leaseAll(db: Db, ids: readonly number[], by: Claim): Promise<readonly Job[]> {
  const row = { worker: by.worker, holder: by.holder, lease_until: by.leaseUntil.getTime() }
  return (await lease(db, ids, row)).map(toJob).sort(byTime)
}

function byTime(a: Job, b: Job): number {
  return a.runAt.getTime() - b.runAt.getTime() || a.id - b.id
}

/** Leases the job that has been due for longest. */
export async function claim(db: Db, kinds: readonly JobKind[], by: Claim): Promise<Job | null> {
  const due: Pick<Row<'job'>, 'id' | 'run_at'>[] = []
  for (const kind of new Set(kinds)) {
    due.push(...(await dueJobs(db, { kind, now: by.now.getTime(), limit: 1 })).rows)
  }
  const [next] = due.sort((a, b) => a.run_at - b.run_at || a.id - b.id)
  const [job] = next === undefined ? [] : await leaseAll(db, [next.id], by)
  return job ?? null
}

/** See `Store.claimAlike`. */
export async function claimAlike(
  db: Db,
  { kind }: Job,
  limit: number,
  by: Claim,
): Promise<readonly Job[]> {
  const { rows } = await dueJobs(db, { kind, now: by.now.getTime(), limit })
  return await leaseAll(
    db,
    rows.map(({ id }) => id),
    by,
  )
}

const takeWaiting = prepared((db, { kind, now, limit }: DueQuery) =>
  db
    .deleteFrom('job')
    .where('id', 'in', (e) =>
      e
        .selectFrom('job')
        .select('id')
        .where('state', '=', 'waiting')
        .where('kind', '=', kind)
        .where('run_at', '<=', now)
        .orderBy('run_at')
        .orderBy('id')
        .limit(limit),
    )
    .returning(jobColumns)
    .compile(),
)

/** See `StoreTransaction.takeDue`. */
export async function takeDue(
  db: Db,
  kind: JobKind,
  dueAt: Date,
  limit: number,
): Promise<readonly Job[]> {
  const { rows } = await takeWaiting(db, { kind, now: dueAt.getTime(), limit })
  return rows.map(toJob).sort(byTime)
}

export async function extendLease(db: Db, job: Job, leaseUntil: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('job')
    .set({ lease_until: leaseUntil.getTime() })
    .where('id', '=', job.id)
    .where('attempt', '=', job.attempt)
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** See `StoreTransaction.complete`. */
export async function complete(db: Db, job: Job): Promise<void> {
  const held = await removeHeld(db, job)
  if (held === null) {
    throw storeError('STORE_LEASE_LOST', `the lease of job ${job.kind} ${job.key} is lost`, {
      retry: 'never',
      details: { id: job.id, kind: job.kind, key: job.key, attempt: job.attempt },
    })
  }
  await runAgain(db, job, held.again_at)
}

/** Does nothing when the lease is lost: whoever has the job now says what becomes of it. */
export async function fail(db: Db, job: Job, runAt: Date | null, error: string): Promise<void> {
  const held = await db
    .selectFrom('job')
    .select('again_at')
    .where('id', '=', job.id)
    .where('attempt', '=', job.attempt)
    .where('state', '=', 'running')
    .executeTakeFirst()
  if (held === undefined) {
    return
  }
  if (runAt === null && held.again_at !== null) {
    await removeHeld(db, job)
    await runAgain(db, job, held.again_at)
    return
  }
  const dueAt = Math.min(runAt?.getTime() ?? job.runAt.getTime(), held.again_at ?? Infinity)
  await db
    .updateTable('job')
    .set({
      ...given(runAt === null ? 'dead' : 'waiting'),
      run_at: dueAt,
      last_error: error.slice(0, longestError),
    })
    .where('id', '=', job.id)
    .execute()
}

/** See `Store.sweep`. A run that follows sees what it was enqueued again for meanwhile. */
export async function sweep(
  db: Db,
  now: Date,
  maxAttempts: number,
  soleHolder: string | null,
): Promise<number> {
  const lost = await db
    .selectFrom('job')
    .select([...jobColumns, 'worker', 'again_at'])
    .where('state', '=', 'running')
    .where((e) =>
      e.or([
        e('lease_until', '<', now.getTime()),
        ...(soleHolder === null ? [] : [e('holder', '<>', soleHolder)]),
      ]),
    )
    .execute()
  for (const row of lost) {
    const deaths = row.deaths + 1
    const isDead = deaths >= maxAttempts
    if (isDead && row.again_at !== null) {
      await removeHeld(db, toJob(row))
      await runAgain(db, toJob(row), row.again_at)
      continue
    }
    const error = `its worker (${row.worker ?? 'unknown'}) died or lost its lease ${deaths} times while it ran`
    await db
      .updateTable('job')
      .set({ ...given(isDead ? 'dead' : 'waiting'), deaths, last_error: error })
      .where('id', '=', row.id)
      .execute()
  }
  return lost.length
}

/** See `StoreTransaction.hastenFailed`. */
export async function hastenFailed(db: Db, codes: readonly string[], at: Date): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('job')
    .set({ ...given('waiting'), run_at: at.getTime() })
    .where('state', 'in', ['waiting', 'dead'])
    .where((e) => e.or([e('run_at', '>', at.getTime()), e('state', '=', 'dead')]))
    .where((e) => e.or(codes.map((code) => e('last_error', 'like', `${code}:%`))))
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

const deleteHeld = prepared((db, job: { readonly id: number; readonly attempt: number }) =>
  db
    .deleteFrom('job')
    .where('id', '=', job.id)
    .where('attempt', '=', job.attempt)
    .where('state', '=', 'running')
    .returning('again_at')
    .compile(),
)

/** Takes the row of a job away if the lease is still ours. */
async function removeHeld(db: Db, job: Job): Promise<Pick<Row<'job'>, 'again_at'> | null> {
  const { rows } = await deleteHeld(db, { id: job.id, attempt: job.attempt })
  return rows[0] ?? null
}

/** A new job, with an id of its own, for what was asked while the old one ran. */
async function runAgain(db: Db, job: Job, at: number | null): Promise<void> {
  if (at !== null) {
    await enqueue(db, job.kind, job.key, new Date(at))
  }
}

function given(
  state: 'waiting' | 'dead',
): Pick<Row<'job'>, 'state' | 'worker' | 'holder' | 'lease_until' | 'again_at'> {
  return { state, worker: null, holder: null, lease_until: null, again_at: null }
}
