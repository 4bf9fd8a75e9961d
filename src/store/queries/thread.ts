import { sql } from 'kysely'
import type { MessageId } from '../../core/ids.ts'
import type { StoredMessage } from '../../core/records.ts'
import { inChunks } from '../chunk.ts'
import type { Db } from '../tables.ts'
import { findId } from './message-ids.ts'
import { byMessageId, messagesNumbered } from './messages.ts'

interface Node {
  readonly id: number
  /** Both null for a mail with references, and for an id that nobody has sent. */
  readonly loose_key: string | null
  readonly loose_time: number | null
}

/**
 * See `StoreReader.thread`. Breadth first by index: what is reached by references, then the neighbours of what has
 * none, until nothing new is found.
 */
export async function thread(
  db: Db,
  messageId: MessageId,
  looseGapMs: number,
): Promise<readonly StoredMessage[]> {
  const start = await findId(db, messageId)
  const found = new Set<number>()
  const runs = new Map<string, LooseRun[]>()
  let next: readonly number[] = start === null ? [] : [start]
  while (next.length > 0) {
    const neighbours: number[] = []
    for (const { id, loose_key: key, loose_time: time } of await reachable(db, next)) {
      found.add(id)
      if (key === null || time === null) {
        continue
      }
      const sameKey = runs.get(key) ?? []
      if (!sameKey.some((run) => time >= run.from && time <= run.to)) {
        const run = await looseRun(db, key, time, looseGapMs)
        runs.set(key, [...sameKey, run])
        neighbours.push(...(await messagesOf(db, run)))
      }
    }
    next = neighbours.filter((id) => !found.has(id))
  }
  return (await messagesNumbered(db, found)).sort(byMessageId)
}

/** Everything connected with these by references in either direction, themselves included. */
async function reachable(db: Db, ids: readonly number[]): Promise<readonly Node[]> {
  return await inChunks(ids, async (chunk) => {
    const { rows } = await sql<Node>`
      with recursive node (id) as (
        select id from message_id where id in (${sql.join(chunk)})
        union
        select message_link.b from node join message_link on message_link.a = node.id
      )
      select node.id, message.loose_key, message.loose_time
      from node left join message on message.id = node.id`.execute(db)
    return rows
  })
}

/** Mails without references and with one key, each at most the gap after the one before. */
interface LooseRun {
  readonly key: string
  readonly from: number
  readonly to: number
}

async function looseRun(db: Db, key: string, time: number, looseGapMs: number): Promise<LooseRun> {
  const inGap = db.selectFrom('message').select('loose_time').where('loose_key', '=', key).limit(1)
  async function earliest(from: number): Promise<number> {
    const row = await inGap
      .where('loose_time', '>=', from - looseGapMs)
      .where('loose_time', '<', from)
      .orderBy('loose_time', 'asc')
      .executeTakeFirst()
    return row === undefined ? from : await earliest(row.loose_time ?? from)
  }
  async function latest(from: number): Promise<number> {
    const row = await inGap
      .where('loose_time', '>', from)
      .where('loose_time', '<=', from + looseGapMs)
      .orderBy('loose_time', 'desc')
      .executeTakeFirst()
    return row === undefined ? from : await latest(row.loose_time ?? from)
  }
  return { key, from: await earliest(time), to: await latest(time) }
}

async function messagesOf(db: Db, run: LooseRun): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('message')
    .select('id')
    .where('loose_key', '=', run.key)
    .where('loose_time', '>=', run.from)
    .where('loose_time', '<=', run.to)
    .execute()
  return rows.map(({ id }) => id)
}
