import { setTimeout as sleep } from 'node:timers/promises'
import { BotError } from '../../core/bot-error.ts'
import type { Delivery } from '../../core/delivery.ts'
import type { Logger } from '../../log/logger.ts'
import { type Change, readBlobs } from '../collection/inbox-changes.ts'
import type { MailSource } from '../mail-source.ts'
import {
  arrivalsAfter,
  cloneDirectory,
  clonesIn,
  ensureClone,
  followRemote,
  looksLikeInbox,
} from './inbox-clone.ts'
import { decodeInboxCursor, encodeInboxCursor } from './inbox-cursor.ts'
import { distantInbox, isLocal, localInbox, lookAt, type RemoteEpoch } from './inbox-remote.ts'
import { maxTakenBytes } from './limits.ts'
import { noInboxFault, readFault, sourceFault } from './source-fault.ts'
import { waitForChange } from './wait-for-change.ts'

export interface PublicInboxOptions {
  readonly name: string
  /** An absolute path (v2 folder, one epoch, v1 repository), or a URL that git can fetch. */
  readonly url: string
  /** Ours alone: the clones, `<number>.git`. */
  readonly directory: string
  /** How often to fetch; a local repository is watched too. */
  readonly pollMs: number
  readonly log: Logger
}

interface ReadMail {
  readonly change: Change
  readonly raw: Uint8Array
}

/**
 * Follows a public-inbox (public-inbox-v1-format(5), public-inbox-v2-format(5)) by clones of our own, which keep every
 * tip that was ever fetched: what is purged or edited there later has been read here, and what its rewritten history
 * brings anew is read on top. Deletions bring nothing. New epochs are noticed. An epoch that cannot be fetched or
 * read keeps none of the others from being read. The cursor is the last commit read of each epoch.
 * Throws MAIL_SOURCE_MISSING and MAIL_SOURCE_UNREADABLE, but only when there was nothing to give.
 */
export function publicInboxSource(options: PublicInboxOptions): MailSource {
  const { name, url, directory, log } = options
  const place = { name, path: url }
  const remote = isLocal(url) ? localInbox(place) : distantInbox(place, directory)
  /** Epochs before this one are complete. */
  let followFrom = 0
  /** The branches of each epoch as they were when it was fetched. */
  const sights = new Map<number, string>()
  /** What its server said of each epoch when it was fetched. */
  const fingerprints = new Map<number, string>()
  let newest: RemoteEpoch | null = null
  /** Said once. */
  const unreadable = new Set<string>()

  async function follow(epoch: RemoteEpoch, signal: AbortSignal): Promise<void> {
    const gitDir = cloneDirectory(directory, epoch.number)
    const sight = await lookAt(place, directory, epoch.url, signal)
    if (sight.outcome === 'missing') {
      const message = `${epoch.url} is not there`
      throw sourceFault('MAIL_SOURCE_MISSING', message, place, new Error(sight.said))
    }
    await ensureClone(gitDir, signal)
    if (sight.branch !== null) {
      await followRemote(gitDir, epoch.url, sight.heads, sight.branch, signal)
    }
    sights.set(epoch.number, sight.heads)
    if (epoch.fingerprint !== null) {
      fingerprints.set(epoch.number, epoch.fingerprint)
    }
  }

  /** The newest always is, because its server may speak of yesterday. */
  function isDue({ number, fingerprint }: RemoteEpoch, newestNumber: number): boolean {
    return (
      number === newestNumber || fingerprint === null || fingerprint !== fingerprints.get(number)
    )
  }

  /** Brings our clones up to date. Gives what went wrong. */
  async function fetchAll(signal: AbortSignal): Promise<readonly unknown[]> {
    const faults: unknown[] = []
    try {
      const assured = (await clonesIn(directory)).at(-1) ?? 0
      const epochs = await remote.epochs(followFrom, assured, signal)
      let failedAt: number | null = null
      const newestNumber = epochs.at(-1)?.number ?? 0
      for (const epoch of epochs.filter((each) => isDue(each, newestNumber))) {
        try {
          await follow(epoch, signal)
        } catch (error) {
          faults.push(error)
          failedAt ??= epoch.number
        }
      }
      newest = epochs.at(-1) ?? newest
      followFrom = failedAt ?? newest?.number ?? followFrom
    } catch (error) {
      faults.push(error)
    }
    signal.throwIfAborted()
    return faults
  }

  /** The mails of one of our clones, without what cannot be read. */
  async function* readClone(
    gitDir: string,
    since: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<ReadMail> {
    if (since === null && !(await looksLikeInbox(gitDir, signal))) {
      throw noInboxFault(place)
    }
    const arrivals = arrivalsAfter(gitDir, since, signal)
    for await (const { change, raw } of readBlobs(gitDir, arrivals, maxTakenBytes, signal)) {
      if (raw !== null) {
        yield { change, raw }
      } else if (!unreadable.has(change.commit)) {
        unreadable.add(change.commit)
        log.warn({ source: name, gitDir, commit: change.commit }, 'mail cannot be read')
      }
    }
  }

  async function* readAll(
    since: string | null,
    faults: unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<Delivery> {
    const cursor = new Map(decodeInboxCursor(since))
    for (const epoch of await clonesIn(directory)) {
      const gitDir = cloneDirectory(directory, epoch)
      try {
        const mails = readClone(gitDir, cursor.get(epoch) ?? null, signal)
        for await (const { item, next } of withNext(mails)) {
          signal.throwIfAborted()
          const { commit } = item.change
          // A commit is read when its last mail is.
          if (next?.change.commit !== commit) {
            cursor.set(epoch, commit)
          }
          const location = `${gitDir}:${commit}`
          yield { raw: item.raw, cursor: encodeInboxCursor(cursor), location }
        }
      } catch (error) {
        signal.throwIfAborted()
        faults.push(error)
      }
    }
  }

  /** Whether the repository on this machine is not as it was when we fetched. */
  async function hasChanged(signal: AbortSignal): Promise<boolean> {
    const epoch = (await remote.epochs(followFrom, followFrom, signal)).at(-1)
    if (epoch === undefined || epoch.number !== newest?.number) {
      return epoch !== undefined
    }
    const sight = await lookAt(place, directory, epoch.url, signal)
    return sight.outcome === 'there' && sight.heads !== sights.get(epoch.number)
  }

  return {
    name,
    async *read(since, signal) {
      signal.throwIfAborted()
      const faults = [...(await fetchAll(signal))]
      let isEmpty = true
      for await (const delivery of readAll(since, faults, signal)) {
        isEmpty = false
        yield delivery
      }
      const [first] = faults.map((error) => faultOf(place, error))
      if (first !== undefined && isEmpty) {
        throw first
      }
      for (const error of faults) {
        log.warn({ source: name, error }, 'part of a public-inbox cannot be read')
      }
    },
    async settle() {},
    async wait(signal) {
      const folders = newest === null ? [] : (remote.watched?.(newest) ?? [])
      if (folders.length === 0) {
        await sleep(options.pollMs, undefined, { signal }).catch(() => undefined)
        return
      }
      const over = new AbortController()
      const either = AbortSignal.any([signal, over.signal])
      let asked: Promise<boolean> | null = null
      function ask(): Promise<boolean> {
        asked ??= hasChanged(either)
        return asked
      }
      const watches = folders.map((folder) =>
        waitForChange({ folder, entry: null, pollMs: options.pollMs, hasChanged: ask }, either),
      )
      await Promise.race(watches)
      over.abort()
      await Promise.all(watches)
    },
    async close() {},
  }
}

/** Every fault of git or the disk as one of the source, tried again later. */
function faultOf(place: { readonly name: string; readonly path: string }, error: unknown): Error {
  if (!(error instanceof BotError)) {
    const fault = readFault(place, error)
    return fault instanceof Error ? fault : new Error(String(fault))
  }
  switch (error.code) {
    case 'MAIL_PATH_MISSING':
      return sourceFault('MAIL_SOURCE_MISSING', error.message, place, error)
    case 'MAIL_PATH_UNREADABLE':
    case 'MAIL_GIT_FAILED':
      return sourceFault('MAIL_SOURCE_UNREADABLE', error.message, place, error)
    default:
      return error
  }
}

/** Each with the one after it; null after the last. */
async function* withNext<T>(
  items: AsyncIterable<T>,
): AsyncGenerator<{ readonly item: T; readonly next: T | null }> {
  let held: { readonly item: T } | null = null
  for await (const next of items) {
    if (held !== null) {
      yield { item: held.item, next }
    }
    held = { item: next }
  }
  if (held !== null) {
    yield { item: held.item, next: null }
  }
}
