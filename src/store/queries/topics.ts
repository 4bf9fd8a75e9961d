import type { MessageId, TopicId } from '../../core/ids.ts'
import type { Topic } from '../../core/topic.ts'
import { chunksOf, inChunks } from '../chunk.ts'
import type { StoreReader } from '../store.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import { findIds, type InternIds } from './message-ids.ts'

function toTopic(row: Row<'topic'>): Topic {
  return {
    topic: row.topic,
    project: row.project,
    slug: row.slug,
    isFixed: row.is_fixed === 1,
    name: row.name,
    submitter: { name: row.submitter_name, address: row.submitter_address },
    version: row.version,
    state: row.state,
    verdict: row.verdict,
    branch: row.branch,
    head: row.head,
    pullRequest: row.pull_request,
    createdAt: toDate(row.created_at),
    updatedAt: toDate(row.updated_at),
  }
}

function toRow(topic: Topic): Row<'topic'> {
  return {
    topic: topic.topic,
    project: topic.project,
    slug: topic.slug,
    is_fixed: toFlag(topic.isFixed),
    name: topic.name,
    submitter_name: topic.submitter.name,
    submitter_address: topic.submitter.address,
    version: topic.version,
    state: topic.state,
    verdict: topic.verdict,
    branch: topic.branch,
    head: topic.head,
    pull_request: topic.pullRequest,
    created_at: topic.createdAt.getTime(),
    updated_at: topic.updatedAt.getTime(),
  }
}

export async function topic(db: Db, id: TopicId): Promise<Topic | null> {
  const row = await db.selectFrom('topic').selectAll().where('topic', '=', id).executeTakeFirst()
  return row === undefined ? null : toTopic(row)
}

export async function topics(
  db: Db,
  filter: Parameters<StoreReader['topics']>[0],
): Promise<readonly Topic[]> {
  const { project, states } = filter
  if (states?.length === 0) {
    return []
  }
  let query = db.selectFrom('topic').selectAll()
  if (project !== undefined) {
    query = query.where('project', '=', project)
  }
  if (states !== undefined) {
    query = query.where('state', 'in', states)
  }
  const rows = await query
    .orderBy('updated_at', 'desc')
    .orderBy('topic')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
  return rows.map(toTopic)
}

export async function saveTopic(db: Db, saved: Topic): Promise<void> {
  const row = toRow(saved)
  await db
    .insertInto('topic')
    .values(row)
    .onConflict((conflict) => conflict.column('topic').doUpdateSet(row))
    .execute()
}

export async function dropEmptyTopics(db: Db, ids: readonly TopicId[]): Promise<void> {
  for (const chunk of chunksOf(ids)) {
    await db
      .deleteFrom('topic')
      .where('topic', 'in', chunk)
      .where('is_fixed', '=', 0)
      .where((e) =>
        e.not(
          e.exists(
            e.selectFrom('series').select('id').whereRef('series.topic', '=', 'topic.topic'),
          ),
        ),
      )
      .execute()
  }
}

/** A mail that belongs to a topic already stays there. */
export async function fixTopic(
  db: Db,
  internIds: InternIds,
  id: TopicId,
  mails: readonly MessageId[],
): Promise<void> {
  const idOf = await internIds(mails)
  for (const chunk of chunksOf(mails.map(idOf))) {
    await db
      .insertInto('fixed_mail')
      .values(chunk.map((message) => ({ message, topic: id })))
      .onConflict((conflict) => conflict.column('message').doNothing())
      .execute()
  }
}

/** Where they belong to several topics, the one that was fixed first. */
export async function fixedTopicOf(
  db: Db,
  messageIds: readonly MessageId[],
): Promise<TopicId | null> {
  const mails = (await findIds(db, messageIds)).values()
  const rows = await inChunks(mails, (chunk) =>
    db
      .selectFrom('fixed_mail')
      .select(['id', 'topic'])
      .where('message', 'in', chunk)
      .orderBy('id')
      .limit(1)
      .execute(),
  )
  return rows.sort((a, b) => a.id - b.id).at(0)?.topic ?? null
}
