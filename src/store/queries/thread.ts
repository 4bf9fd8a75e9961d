import { sql } from 'kysely'
import type { MessageId } from '../../core/ids.ts'
import type { StoredMessage } from '../../core/records.ts'
import { prepared, preparedFor } from '../prepared.ts'
import type { Db } from '../tables.ts'
import type { MessageIds } from './message-ids.ts'
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
  ids: MessageIds,
  messageId: MessageId,
  looseGapMs: number,
): Promise<readonly StoredMessage[]> {
  const start = await ids.findOne(messageId)
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
        neighbours.push(...run.ids)
      }
    }
    next = neighbours.filter((id) => !found.has(id))
  }
  return (await messagesNumbered(db, found)).sort(byMessageId)
}

const reachableFrom = preparedFor((db, ids: readonly number[]) =>
  sql<Node>`
    with recursive node (id) as (
      select id from message_id where id in (${sql.join(ids)})
      union
      select message_link.b from node join message_link on message_link.a = node.id
    )
    select node.id, message.loose_key, message.loose_time
    from node left join message on message.id = node.id`.compile(db),
)

/** Everything connected with these by references in either direction, themselves included. */
async function reachable(db: Db, ids: readonly number[]): Promise<readonly Node[]> {
  return await reachableFrom(db, ids, {})
}

/** Mails without references and with one key, each at most the gap after the one before. */
interface LooseRun {
  readonly from: number
  readonly to: number
  readonly ids: readonly number[]
}

interface LooseRange {
  readonly key: string
  readonly from: number
  readonly to: number
}

const inRange = prepared((db, { key, from, to }: LooseRange) =>
  db
    .selectFrom('message')
    .select(['id', 'loose_time as time'])
    .where('loose_key', '=', key)
    .where('loose_time', '>=', from)
    .where('loose_time', '<=', to)
    .orderBy('loose_time')
    .compile(),
)

/** Widens the run by what lies within the gap of its ends, until nothing does; each mail is read once. */
async function looseRun(db: Db, key: string, time: number, gapMs: number): Promise<LooseRun> {
  const ids: number[] = []
  async function read(from: number, to: number): Promise<readonly number[]> {
    const { rows } = await inRange(db, { key, from, to })
    ids.push(...rows.map(({ id }) => id))
    return rows.flatMap((row) => row.time ?? [])
  }
  const near = await read(time - gapMs, time + gapMs)
  let from = near.at(0) ?? time
  let to = near.at(-1) ?? time
  for (let reached = time; from < reached; ) {
    reached = from
    from = (await read(from - gapMs, Math.min(from - 1, time - gapMs - 1))).at(0) ?? from
  }
  for (let reached = time; to > reached; ) {
    reached = to
    to = (await read(Math.max(to + 1, time + gapMs + 1), to + gapMs)).at(-1) ?? to
  }
  return { from, to, ids }
}
