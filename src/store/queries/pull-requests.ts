import { toJson } from '../../core/clean-json.ts'
import type { TopicId } from '../../core/ids.ts'
import type { PullRequestRecord, WrittenFace } from '../../core/pull-request/pull-request-record.ts'
import { prepared } from '../prepared.ts'
import type { StoreReader } from '../store.ts'
import { type Db, type Row, toDate, toMillis } from '../tables.ts'

function toRecord(row: Row<'pull_request'>): PullRequestRecord {
  return {
    project: row.project,
    number: row.number,
    topic: row.topic,
    url: row.url,
    headRef: row.head_ref,
    state: row.state,
    closedBy: row.closed_by,
    version: row.version,
    head: row.head,
    written: JSON.parse(row.written) as WrittenFace,
    comments: JSON.parse(row.comments) as readonly string[],
    hintedAt: toDate(row.hinted_at),
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
  }
}

const ofTopic = prepared((db, { topic }: { readonly topic: TopicId }) =>
  db
    .selectFrom('pull_request')
    .selectAll()
    .where('topic', '=', topic)
    .orderBy('number')
    .orderBy('id')
    .compile(),
)

/** See `StoreReader.pullRequests`. */
export async function pullRequests(
  db: Db,
  of: Parameters<StoreReader['pullRequests']>[0],
): Promise<readonly PullRequestRecord[]> {
  if ('topic' in of) {
    return (await ofTopic(db, of)).rows.map(toRecord)
  }
  const some = db.selectFrom('pull_request').selectAll().where('project', '=', of.project)
  const rows = await ('number' in of
    ? some.where('number', '=', of.number)
    : some.where('state', '=', 'open')
  )
    .orderBy('number')
    .execute()
  return rows.map(toRecord)
}

export async function savePullRequest(db: Db, record: PullRequestRecord): Promise<void> {
  const row = {
    project: record.project,
    number: record.number,
    topic: record.topic,
    url: record.url,
    head_ref: record.headRef,
    state: record.state,
    closed_by: record.closedBy,
    version: record.version,
    head: record.head,
    written: toJson(record.written),
    comments: toJson(record.comments),
    hinted_at: toMillis(record.hintedAt),
    created_at: record.createdAt.getTime(),
    updated_at: record.updatedAt.getTime(),
  }
  await db
    .insertInto('pull_request')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project', 'number']).doUpdateSet(row))
    .execute()
}

export async function removePullRequest(db: Db, project: string, number: number): Promise<void> {
  await db
    .deleteFrom('pull_request')
    .where('project', '=', project)
    .where('number', '=', number)
    .execute()
}
