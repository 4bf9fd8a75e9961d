import type { Check } from '../../core/checks/check.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { ApplicationRecord } from '../../core/records.ts'
import { applicationFromJson, applicationToJson } from '../facts.ts'
import { prepared } from '../prepared.ts'
import { type Db, type Row, toDate, toMillis } from '../tables.ts'
import { indexKey } from '../text.ts'

function toApplicationRecord(row: Row<'application'>): ApplicationRecord {
  const { baseBranch, rungs, holds, application } = applicationFromJson(row.facts)
  return {
    topic: row.topic,
    project: row.project,
    version: row.version,
    n: row.n,
    digest: row.digest,
    base: row.base,
    baseRule: row.base_rule,
    baseBranch,
    rungs,
    application,
    holds,
    approvedBy: row.approved_by,
    seriesRef: row.series_ref,
    publishedAt: toDate(row.published_at),
    at: toDate(row.at),
  }
}

const ofTopic = prepared((db, { topic }: { readonly topic: TopicId }) =>
  db
    .selectFrom('application')
    .selectAll()
    .where('topic', '=', topic)
    .orderBy('at')
    .orderBy('id')
    .compile(),
)

export async function applications(db: Db, topic: TopicId): Promise<readonly ApplicationRecord[]> {
  const { rows } = await ofTopic(db, { topic })
  return rows.map(toApplicationRecord)
}

export async function applicationsTouching(
  db: Db,
  commit: Sha,
): Promise<readonly ApplicationRecord[]> {
  const rows = await db
    .selectFrom('application')
    .selectAll()
    .where((where) => where.or([where('head', '=', commit), where('base', '=', commit)]))
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map(toApplicationRecord)
}

/** Published applications that have this commit for head. */
export async function publishedHeads(db: Db, head: Sha): Promise<readonly ApplicationRecord[]> {
  const rows = await db
    .selectFrom('application')
    .selectAll()
    .where('head', '=', head)
    .where('published_at', 'is not', null)
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map(toApplicationRecord)
}

/** See `StoreReader.publishedBetween`. */
export async function publishedBetween(
  db: Db,
  project: string,
  after: Date | null,
  until: Date,
  limit: number,
): Promise<readonly ApplicationRecord[]> {
  const all = db
    .selectFrom('application')
    .selectAll()
    .where('project', '=', project)
    .where('series_ref', 'is not', null)
    .where('at', '<=', until.getTime())
    .where('at', '>', after?.getTime() ?? -1)
    .orderBy('at')
    .orderBy('id')
  const rows = await all.limit(limit).execute()
  const last = rows.at(-1)
  const rest = last === undefined ? [] : await all.where('at', '=', last.at).execute()
  const ids = new Set(rows.map(({ id }) => id))
  return [...rows, ...rest.filter(({ id }) => !ids.has(id))].map(toApplicationRecord)
}

export async function saveApplication(db: Db, record: ApplicationRecord): Promise<void> {
  const { application } = record
  const row = {
    topic: record.topic,
    project: record.project,
    version: record.version,
    n: record.n,
    digest: record.digest,
    base: record.base,
    base_rule: record.baseRule,
    head: application.outcome === 'conflict' ? null : application.head,
    facts: applicationToJson(record),
    approved_by: record.approvedBy,
    series_ref: record.seriesRef,
    published_at: toMillis(record.publishedAt),
    at: record.at.getTime(),
  }
  await db
    .insertInto('application')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['topic', 'version', 'digest', 'base']).doUpdateSet(row),
    )
    .execute()
}

/** In the order they were first saved. */
export async function checks(db: Db, sha: Sha): Promise<readonly Check[]> {
  const rows = await db
    .selectFrom('check_result')
    .select([
      'origin',
      'context',
      'state',
      'summary',
      'target_url',
      'failing_step',
      'excerpt',
      'started_at',
      'finished_at',
      'attempt',
      'log_id',
    ])
    .where('sha', '=', sha)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    origin: row.origin,
    context: row.context,
    sha,
    state: row.state,
    summary: row.summary,
    targetUrl: row.target_url,
    failingStep: row.failing_step,
    excerpt: row.excerpt,
    startedAt: toDate(row.started_at),
    finishedAt: toDate(row.finished_at),
    ...(row.attempt === null ? {} : { attempt: row.attempt }),
    ...(row.log_id === null ? {} : { logId: row.log_id }),
  }))
}

export async function checkLog(db: Db, sha: Sha, context: string): Promise<string | null> {
  const row = await db
    .selectFrom('check_result')
    .select('log')
    .where('sha', '=', sha)
    .where('context_key', '=', indexKey(context))
    .where('log', 'is not', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.log ?? null
}

export async function saveCheck(db: Db, check: Check, log: string | null): Promise<void> {
  const row = {
    sha: check.sha,
    origin: check.origin,
    context_key: indexKey(check.context),
    context: check.context,
    state: check.state,
    summary: check.summary,
    target_url: check.targetUrl,
    failing_step: check.failingStep,
    excerpt: check.excerpt,
    started_at: toMillis(check.startedAt),
    finished_at: toMillis(check.finishedAt),
    log,
    attempt: check.attempt ?? null,
    log_id: check.logId ?? null,
  }
  await db
    .insertInto('check_result')
    .values(row)
    .onConflict((conflict) => conflict.columns(['sha', 'origin', 'context_key']).doUpdateSet(row))
    .execute()
}

export async function removeChecks(db: Db, sha: Sha): Promise<void> {
  await db.deleteFrom('check_result').where('sha', '=', sha).execute()
}
