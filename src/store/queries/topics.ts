import type { MessageId, TopicId } from '../../core/ids.ts'
import type { Topic } from '../../core/topic/topic.ts'
import { chunksOf } from '../chunk.ts'
import { prepared, preparedFor } from '../prepared.ts'
import type { StoreReader } from '../store.ts'
import { type Db, type Row, toDate, toFlag } from '../tables.ts'
import type { KnownSeries } from './known-series.ts'
import type { MessageIds } from './message-ids.ts'

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

const topicNamed = prepared((db, { id }: { readonly id: TopicId }) =>
  db.selectFrom('topic').selectAll().where('topic', '=', id).compile(),
)

export async function topic(db: Db, known: KnownSeries | null, id: TopicId): Promise<Topic | null> {
  if (known?.topics.worthAsking([id]).length === 0) {
    return null
  }
  const [row] = (await topicNamed(db, { id })).rows
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

const putTopic = prepared((db, row: Row<'topic'>) =>
  db
    .insertInto('topic')
    .values(row)
    .onConflict((conflict) => conflict.column('topic').doUpdateSet(row))
    .compile(),
)

export async function saveTopic(db: Db, known: KnownSeries, saved: Topic): Promise<void> {
  known.topics.note(saved.topic)
  await putTopic(db, toRow(saved))
}

const dropEmpty = preparedFor((db, ids: readonly TopicId[]) =>
  db
    .deleteFrom('topic')
    .where('topic', 'in', ids)
    .where('is_fixed', '=', 0)
    .where((e) =>
      e.not(
        e.exists(e.selectFrom('series').select('id').whereRef('series.topic', '=', 'topic.topic')),
      ),
    )
    .compile(),
)

export async function dropEmptyTopics(db: Db, ids: readonly TopicId[]): Promise<void> {
  await dropEmpty(db, ids, {})
}

/** Which mails belong to a topic for ever, for one transaction. */
export interface FixedMails {
  /** Where they belong to several topics, the one that was fixed first. */
  topicOf(messageIds: readonly MessageId[]): Promise<TopicId | null>
  /** A mail that belongs to a topic already stays there. */
  fix(id: TopicId, mails: readonly MessageId[]): Promise<void>
}

const firstFixed = preparedFor((db, mails: readonly number[]) =>
  db
    .selectFrom('fixed_mail')
    .select(['id', 'topic'])
    .where('message', 'in', mails)
    .orderBy('id')
    .limit(1)
    .compile(),
)

/** Every series that is assembled is asked for, and while an archive is imported first nothing is fixed at all. */
export function fixedMailsIn(db: Db, ids: MessageIds): FixedMails {
  let isAny: boolean | null = null

  async function askWhetherAny(): Promise<boolean> {
    const row = await db.selectFrom('fixed_mail').select('id').limit(1).executeTakeFirst()
    return row !== undefined
  }

  return {
    async topicOf(messageIds) {
      isAny ??= await askWhetherAny()
      if (!isAny) {
        return null
      }
      const rows = await firstFixed(db, await ids.find(messageIds), {})
      return rows.sort((a, b) => a.id - b.id).at(0)?.topic ?? null
    },
    async fix(id, mails) {
      isAny = true
      const idOf = await ids.intern(mails)
      for (const chunk of chunksOf(mails.map(idOf))) {
        await db
          .insertInto('fixed_mail')
          .values(chunk.map((message) => ({ message, topic: id })))
          .onConflict((conflict) => conflict.column('message').doNothing())
          .execute()
      }
    },
  }
}
