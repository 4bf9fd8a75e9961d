import type { FetchMessageObject, ImapFlow } from 'imapflow'
import type { BotError } from '../../core/bot-error.ts'
import { encodeUids } from './imap-cursor.ts'
import { isAnswer } from './imap-fault.ts'
import { maxTakenBytes } from './limits.ts'

export type ImapFetched =
  | { readonly outcome: 'mail'; readonly uid: number; readonly raw: Uint8Array }
  /** The server has it and does not give it. */
  | { readonly outcome: 'unreadable'; readonly uid: number }
  /** Somebody removed it meanwhile. */
  | { readonly outcome: 'gone'; readonly uid: number }

export interface ImapAsk {
  /** The connection, made anew when it was lost. */
  readonly resume: () => Promise<ImapFlow>
  readonly disconnected: (error: unknown) => BotError
  readonly signal: AbortSignal
}

const uidsAtOnce = 256
const mailsAtOnce = 25
const bytesAtOnce = 4_000_000

const byUid = { uid: true } as const
const wanted = { uid: true, source: { start: 0, maxLength: maxTakenBytes } } as const

/** The UIDs above `last` that there are now, ascending, some at a time: a folder may hold millions. */
export async function* uidsAfter(last: number, ask: ImapAsk): AsyncGenerator<readonly number[]> {
  const client = await ask.resume()
  const newest = await client.fetchOne('*', { uid: true }).catch((error: unknown) => {
    throw ask.disconnected(error)
  })
  const top = newest ? newest.uid : 0
  let from = last + 1
  let width = uidsAtOnce
  while (from <= top) {
    ask.signal.throwIfAborted()
    const to = Math.min(from + width - 1, top)
    const found = await search(await ask.resume(), `${from}:${to}`, ask)
    const uids = found.filter((uid) => uid >= from && uid <= to).slice(0, uidsAtOnce)
    const lastUid = uids.at(-1)
    if (lastUid === undefined) {
      // Gaps may be of any size, so that ever larger ones are tried.
      width *= 4
      from = to + 1
    } else {
      yield uids
      width = uidsAtOnce
      from = uids.length < found.length ? lastUid + 1 : to + 1
    }
  }
}

/**
 * Fetches mails in the order of their UIDs. What the server fails at in a batch is asked for one by one, on a new
 * connection where the old one was lost: a mail that breaks two connections is unreadable.
 */
export async function* fetchMails(
  uids: readonly number[],
  ask: ImapAsk,
): AsyncGenerator<ImapFetched> {
  const sizes = await fetchOrNull(uids, { uid: true, size: true }, ask)
  const batches = sizes === null ? uids.map((uid) => [uid]) : batchesOf(sizes)
  const listed = new Set(batches.flat())
  for (const uid of uids) {
    if (!listed.has(uid)) {
      yield await takeOne(uid, ask)
    }
  }
  for (const batch of batches) {
    ask.signal.throwIfAborted()
    const mails = batch.length === 1 ? null : await fetchOrNull(batch, wanted, ask)
    const sources = new Map((mails ?? []).map(({ uid, source }) => [uid, source]))
    for (const uid of batch) {
      const source = sources.get(uid)
      yield source === undefined
        ? await takeOne(uid, ask)
        : { outcome: 'mail', uid, raw: withoutCarriageReturns(source) }
    }
  }
}

/** Null where the server did not do it, or the connection was lost over it. */
async function fetchOrNull(
  uids: readonly number[],
  query: Parameters<ImapFlow['fetchAll']>[1],
  ask: ImapAsk,
): Promise<readonly FetchMessageObject[] | null> {
  const client = await ask.resume()
  try {
    return await client.fetchAll(encodeUids(uids), query, byUid)
  } catch {
    ask.signal.throwIfAborted()
    return null
  }
}

async function takeOne(uid: number, ask: ImapAsk): Promise<ImapFetched> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await ask.resume()
    try {
      const mail = await client.fetchOne(String(uid), wanted, byUid)
      if (mail && mail.source !== undefined) {
        return { outcome: 'mail', uid, raw: withoutCarriageReturns(mail.source) }
      }
      const found = await search(client, String(uid), ask)
      return { outcome: found.includes(uid) ? 'unreadable' : 'gone', uid }
    } catch (error) {
      ask.signal.throwIfAborted()
      if ((client.usable && isAnswer(error)) || attempt === 2) {
        return { outcome: 'unreadable', uid }
      }
      client.close()
    }
  }
}

async function search(client: ImapFlow, uids: string, ask: ImapAsk): Promise<readonly number[]> {
  const found = await client.search({ uid: uids }, byUid)
  if (Array.isArray(found)) {
    return found
  }
  ask.signal.throwIfAborted()
  throw ask.disconnected(new Error('it did not search'))
}

function batchesOf(sizes: readonly FetchMessageObject[]): readonly (readonly number[])[] {
  const batches: number[][] = []
  let bytes = 0
  for (const { uid, size = 0 } of sizes.toSorted((a, b) => a.uid - b.uid)) {
    const batch = batches.at(-1)
    if (batch === undefined || batch.length >= mailsAtOnce || bytes + size > bytesAtOnce) {
      batches.push([uid])
      bytes = size
    } else {
      batch.push(uid)
      bytes += size
    }
  }
  return batches
}

/** IMAP gives every line with CRLF, whatever it had (RFC 3501, 4.3). */
export function withoutCarriageReturns(source: Buffer): Uint8Array {
  return Buffer.from(source.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}
