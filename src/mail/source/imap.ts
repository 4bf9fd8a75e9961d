import { setTimeout as sleep } from 'node:timers/promises'
import { BotError } from '../../core/bot-error.ts'
import type { Cursor, Delivery } from '../../core/delivery.ts'
import type { Logger } from '../../log/logger.ts'
import type { MailSource } from '../mail-source.ts'
import type { AfterImport } from './imap-after-import.ts'
import { type ImapServer, serverUrl } from './imap-connection.ts'
import { decodeImapCursor, encodeImapCursor, type FolderProgress } from './imap-cursor.ts'
import type { ImapFetched } from './imap-fetch.ts'
import { type ImapFolder, imapFolder } from './imap-folder.ts'

export interface ImapOptions {
  readonly name: string
  readonly server: ImapServer
  /** As the server names them, in the order they are read. */
  readonly folders: readonly string[]
  readonly afterImport: AfterImport
  /** How often to look where the server announces nothing. */
  readonly pollMs: number
  readonly log: Logger
}

/** How long a mail that the server could not give is left alone. */
const skippedForMs = 60 * 60_000

/**
 * Reads folders of an IMAP server (RFC 3501) by UID, and waits with IDLE (RFC 2177). A folder whose UIDVALIDITY
 * changed is read from its beginning. The cursor names what was given out and not yet flagged, moved or deleted,
 * and what the server could not give, which is tried again each hour. Neither a missing folder nor mail that cannot
 * be flagged, moved or deleted keeps anything from being read: that is thrown at the end. Mails come with LF.
 * Throws MAIL_IMAP_FOLDER_MISSING, MAIL_IMAP_STUCK, MAIL_IMAP_DISCONNECTED and the codes of `connectImap`.
 */
export function imapSource(options: ImapOptions): MailSource {
  const { name, server, afterImport, log } = options
  const place = { name, path: serverUrl(server) }
  const folders = options.folders.map((folder) => imapFolder(folder, place, server, afterImport))
  let progress = new Map<string, FolderProgress>()
  /** When each was tried, by folder, UIDVALIDITY and UID. */
  const skippedAtMs = new Map<string, number>()
  let isReading = false
  /** To be said when everything has been read. */
  let stuck: BotError | null = null

  function closeAll(): void {
    for (const folder of folders) {
      folder.close()
    }
  }

  async function begin(folder: ImapFolder, signal: AbortSignal): Promise<FolderProgress> {
    const uidValidity = await folder.open(signal)
    const known = progress.get(folder.name)
    if (known !== undefined && known.uidValidity !== uidValidity) {
      log.warn({ source: name, folder: folder.name }, 'folder has a new uidvalidity, read again')
    }
    const reached =
      known?.uidValidity === uidValidity
        ? known
        : { uidValidity, last: 0, pending: [], skipped: [] }
    const finished = await folder.finish(uidValidity, reached.pending, signal)
    stuck ??= finished.stuck
    return { ...reached, pending: without(reached.pending, finished.done) }
  }

  function keyOf(folder: ImapFolder, uidValidity: string, uid: number): string {
    return `${folder.name}/${uidValidity}/${uid}`
  }

  function isLeftAlone(key: string): boolean {
    return performance.now() - (skippedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < skippedForMs
  }

  /** What is known of the folder after `fetched`. */
  function after(folder: ImapFolder, at: FolderProgress, fetched: ImapFetched): FolderProgress {
    const { uid } = fetched
    const skipped = at.skipped.filter((each) => each !== uid)
    const last = Math.max(at.last, uid)
    const key = keyOf(folder, at.uidValidity, uid)
    if (fetched.outcome === 'unreadable') {
      if (!skippedAtMs.has(key)) {
        log.warn({ source: name, folder: folder.name, uid }, 'mail cannot be read')
      }
      skippedAtMs.set(key, performance.now())
      return { ...at, last, skipped: inOrder([...skipped, uid]) }
    }
    skippedAtMs.delete(key)
    const isPending = fetched.outcome === 'mail' && afterImport.kind !== 'keep'
    return { ...at, last, skipped, pending: isPending ? inOrder([...at.pending, uid]) : at.pending }
  }

  async function* readFolder(folder: ImapFolder, signal: AbortSignal): AsyncGenerator<Delivery> {
    const begun = await begin(folder, signal)
    progress.set(folder.name, begun)
    const again = begun.skipped.filter((uid) => !isLeftAlone(keyOf(folder, begun.uidValidity, uid)))
    for await (const fetched of folder.read(again, begun.last, signal)) {
      signal.throwIfAborted()
      const at = after(folder, progress.get(folder.name) ?? begun, fetched)
      progress.set(folder.name, at)
      if (fetched.outcome === 'mail') {
        const folderUrl = `${place.path}/${encodeURIComponent(folder.name)}`
        // As RFC 5092 writes it.
        const location = `${folderUrl};UIDVALIDITY=${at.uidValidity}/;UID=${fetched.uid}`
        yield { raw: fetched.raw, cursor: encodeImapCursor(progress), location }
      }
    }
  }

  async function* readAll(signal: AbortSignal): AsyncGenerator<Delivery> {
    const missing: BotError[] = []
    for (const folder of folders) {
      try {
        yield* readFolder(folder, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof BotError && error.code === 'MAIL_IMAP_FOLDER_MISSING')) {
          throw error
        }
        missing.push(error)
      }
    }
    const first = missing[0] ?? stuck
    if (first !== null) {
      throw first
    }
  }

  return {
    name,
    async *read(since, signal) {
      signal.throwIfAborted()
      progress = new Map(decodeImapCursor(since))
      isReading = true
      stuck = null
      signal.addEventListener('abort', closeAll, { once: true })
      try {
        yield* readAll(signal)
      } finally {
        isReading = false
        signal.removeEventListener('abort', closeAll)
      }
    },
    async settle(cursor: Cursor, signal) {
      const reached = decodeImapCursor(cursor)
      let failure: BotError | null = null
      for (const folder of folders) {
        const given = reached.get(folder.name)
        if (given !== undefined && given.pending.length > 0) {
          const now = progress.get(folder.name)
          const isPending = new Set(now?.pending ?? given.pending)
          const uids = given.pending.filter((uid) => isPending.has(uid))
          const finished = await folder.finish(given.uidValidity, uids, signal)
          failure ??= finished.stuck
          if (now?.uidValidity === given.uidValidity) {
            const pending = without(now.pending, finished.done)
            progress.set(folder.name, { ...now, pending })
          }
        }
      }
      if (failure !== null && !isReading) {
        throw failure
      }
      stuck ??= failure
    },
    async wait(signal) {
      if (signal.aborted) {
        return
      }
      const over = new AbortController()
      const either = AbortSignal.any([signal, over.signal])
      const poll = sleep(options.pollMs, undefined, { signal: either }).catch(() => undefined)
      const news = folders.map((folder) => folder.news(either))
      try {
        await Promise.race([poll, ...news])
      } finally {
        over.abort()
        await Promise.allSettled(news)
      }
    },
    async close() {
      closeAll()
    },
  }
}

function without(uids: readonly number[], done: readonly number[]): readonly number[] {
  const gone = new Set(done)
  return uids.filter((uid) => !gone.has(uid))
}

function inOrder(uids: readonly number[]): readonly number[] {
  return uids.toSorted((a, b) => a - b)
}
