import { sql } from 'kysely'
import { disjointSets } from '../../core/disjoint-sets.ts'
import { groupBy } from '../../core/group-by.ts'
import type { MessageId } from '../../core/ids.ts'
import type { StoredMessage } from '../../core/records.ts'
import { prepared, preparedFor } from '../prepared.ts'
import type { Db } from '../tables.ts'
import type { MessageIds } from './message-ids.ts'
import { byMessageId, messageColumns, messagesNumbered, toStoredMessage } from './messages.ts'

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

/** So many are looked for together: most threads have few mails, and one query finds 200. */
const threadsTogether = 50

/**
 * See `StoreReader.threads`. As `thread` finds them, but for many at once: all of them are followed breadth first, and told
 * apart in the end.
 */
export async function threads(
  db: Db,
  ids: MessageIds,
  messageIds: readonly MessageId[],
  mailLimit: number,
  looseGapMs: number,
): Promise<ReadonlyMap<MessageId, readonly StoredMessage[]>> {
  const found = new Map<MessageId, readonly StoredMessage[]>()
  let mails = 0
  for (let at = 0; at < messageIds.length && mails < mailLimit; at += threadsTogether) {
    const wanted = messageIds.slice(at, at + threadsTogether)
    await ids.find(wanted)
    const starts = new Map<MessageId, number | null>()
    for (const messageId of wanted) {
      starts.set(messageId, await ids.findOne(messageId))
    }
    const component = await components(db, ids, [...starts.values()], looseGapMs)
    for (const [messageId, start] of starts) {
      const thread = start === null ? [] : component(start)
      found.set(messageId, thread)
      mails += thread.length
    }
  }
  return found
}

/** Everything connected with these numbers; tells the mails of the thread that a number is in, always the same list. */
async function components(
  db: Db,
  ids: MessageIds,
  starts: readonly (number | null)[],
  looseGapMs: number,
): Promise<(id: number) => readonly StoredMessage[]> {
  const sets = disjointSets<number>()
  const seen = new Set<number>()
  const mails = new Map<number, StoredMessage>()
  const runs: (LooseRun & { readonly key: string })[] = []
  function unseen(numbers: Iterable<number>): readonly number[] {
    const fresh = [...new Set(numbers)].filter((id) => !seen.has(id))
    for (const id of fresh) {
      seen.add(id)
    }
    return fresh
  }
  let next = unseen(starts.flatMap((id) => id ?? []))
  while (next.length > 0) {
    const neighbours: number[] = []
    for (const { a, b } of await linksOf(db, next, {})) {
      sets.join(a, b)
      neighbours.push(b)
    }
    for (const { id, loose_key: key, loose_time: time, ...row } of await mailsNumbered(
      db,
      next,
      {},
    )) {
      const mail = toStoredMessage(row)
      mails.set(id, mail)
      ids.learn(mail.message.messageId, id)
      if (key === null || time === null) {
        continue
      }
      const known = runs.find((run) => run.key === key && time >= run.from && time <= run.to)
      const run = known ?? { key, ...(await looseRun(db, key, time, looseGapMs)) }
      if (known === undefined) {
        runs.push(run)
        neighbours.push(...run.ids)
      }
      sets.join(id, run.ids[0] ?? id)
    }
    next = unseen(neighbours)
  }
  const byRoot = groupBy(mails.keys(), (id) => sets.find(id))
  const threadOf = new Map(
    [...byRoot].map(([root, numbers]) => {
      const thread = numbers.flatMap((id) => mails.get(id) ?? [])
      return [root, thread.sort(byMessageId)] as const
    }),
  )
  return (id) => threadOf.get(sets.find(id)) ?? []
}

const linksOf = preparedFor((db, ids: readonly number[]) =>
  db.selectFrom('message_link').select(['a', 'b']).where('a', 'in', ids).compile(),
)

const mailsNumbered = preparedFor((db, ids: readonly number[]) =>
  db
    .selectFrom('message')
    .select(['id', 'loose_key', 'loose_time', ...messageColumns])
    .where('id', 'in', ids)
    .compile(),
)
