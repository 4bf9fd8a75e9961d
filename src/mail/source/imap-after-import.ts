import type { ImapFlow } from 'imapflow'
import { encodeUids } from './imap-cursor.ts'

/** What becomes of a mail on the server once it is durable here. */
export type AfterImport =
  | { readonly kind: 'keep' }
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'move'; readonly folder: string }
  | { readonly kind: 'delete' }

export interface FinishedMails {
  readonly done: readonly number[]
  /** What kept the others from being done; null when nothing did. */
  readonly problem: string | null
}

const mailsAtOnce = 50
const byUid = { uid: true } as const

/**
 * Flags, moves or deletes the mails of these UIDs. What the server refuses for several is tried one by one; where it
 * refuses each of them, nothing more is tried.
 */
export async function finishMails(
  client: ImapFlow,
  uids: readonly number[],
  afterImport: AfterImport,
): Promise<FinishedMails> {
  const done: number[] = []
  let problem: string | null = null
  for (let from = 0; from < uids.length; from += mailsAtOnce) {
    const some = uids.slice(from, from + mailsAtOnce)
    const refusal = await act(client, some, afterImport)
    if (refusal === null) {
      done.push(...some)
      continue
    }
    problem = refusal
    const singly =
      client.usable && some.length > 1 ? await finishSingly(client, some, afterImport) : []
    if (singly.length === 0) {
      break
    }
    done.push(...singly)
  }
  return { done, problem }
}

async function finishSingly(
  client: ImapFlow,
  uids: readonly number[],
  afterImport: AfterImport,
): Promise<readonly number[]> {
  const done: number[] = []
  for (const uid of uids) {
    if (client.usable && (await act(client, [uid], afterImport)) === null) {
      done.push(uid)
    }
  }
  return done
}

/** Gives what went wrong; null when it is done. imapflow answers false where the server said NO. */
async function act(
  client: ImapFlow,
  uids: readonly number[],
  afterImport: AfterImport,
): Promise<string | null> {
  const set = encodeUids(uids)
  switch (afterImport.kind) {
    case 'keep':
      return null
    case 'flag':
      return (await client.messageFlagsAdd(set, [afterImport.flag], byUid))
        ? null
        : `cannot be flagged ${afterImport.flag}`
    case 'move':
      return move(client, uids, afterImport.folder)
    case 'delete':
      return remove(client, uids)
  }
}

/** By MOVE (RFC 6851), else as a copy and a deletion. */
async function move(
  client: ImapFlow,
  uids: readonly number[],
  folder: string,
): Promise<string | null> {
  const set = encodeUids(uids)
  const refusal = `cannot be moved to ${folder}`
  if (client.capabilities.has('MOVE')) {
    return (await client.messageMove(set, folder, byUid)) === false ? refusal : null
  }
  return (await client.messageCopy(set, folder, byUid)) === false ? refusal : remove(client, uids)
}

/**
 * By UID EXPUNGE (RFC 4315). Without it EXPUNGE would also remove what others marked, so that ours stay marked
 * `\Deleted` where others marked something too.
 */
async function remove(client: ImapFlow, uids: readonly number[]): Promise<string | null> {
  const set = encodeUids(uids)
  if (!client.capabilities.has('UIDPLUS')) {
    if (!(await client.messageFlagsAdd(set, ['\\Deleted'], byUid))) {
      return 'cannot be marked as deleted'
    }
    const marked = await client.search({ deleted: true }, byUid)
    const ours = new Set(uids)
    if (!(Array.isArray(marked) && marked.every((uid) => ours.has(uid)))) {
      return null
    }
  }
  return (await client.messageDelete(set, byUid)) ? null : 'cannot be deleted'
}
