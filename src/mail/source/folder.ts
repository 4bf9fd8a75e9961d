import path from 'node:path'
import { Readable } from 'node:stream'
import { BotError } from '../../core/bot-error.ts'
import type { Cursor, Delivery } from '../../core/delivery.ts'
import type { Logger } from '../../log/logger.ts'
import type { CollectedMail } from '../collection/collected-mail.ts'
import { readDespiteDamage } from '../collection/read-collection.ts'
import type { MailSource } from '../mail-source.ts'
import {
  decodeFolderCursor,
  encodeFolderCursor,
  type FileProgress,
  type FolderCursor,
} from './folder-cursor.ts'
import { type FoundFile, filesBelow, moveToDone } from './folder-files.ts'
import { moveFault, sourceFault } from './source-fault.ts'
import { waitForChange } from './wait-for-change.ts'

export interface FolderOptions {
  readonly name: string
  readonly directory: string
  /** The folder is watched; folders in it, and where that does not work, are looked at so often. */
  readonly pollMs: number
  /** A file is read when it has not changed for so long; 2 s when absent. */
  readonly quietMs?: number
  readonly log: Logger
}

const defaultQuietMs = 2000

/**
 * Takes the mails of files that are put into a folder, or into folders in it: single mails (.eml), mbox and mboxrd,
 * any of them packed with gzip, told apart by content. A file moves to `done` once all its mails are durable
 * elsewhere. One that is damaged stays: its mails before the damage are given, and the rest when it is put right. So
 * does an empty one, which is given as a mail without a byte, so that it is in quarantine. What
 * cannot be moved keeps nothing from being read: that is thrown at the end. The cursor says how many mails of each file
 * were given out. Throws MAIL_SOURCE_MISSING, MAIL_SOURCE_UNREADABLE,
 * MAIL_SOURCE_STUCK.
 */
export function folderSource(options: FolderOptions): MailSource {
  const { name, log } = options
  const directory = path.resolve(options.directory)
  const place = { name, path: directory }
  const quietMs = options.quietMs ?? defaultQuietMs
  let given = new Map<string, FileProgress>()
  /** Files as the latest read found them: those need not be looked at again. */
  let seen = new Map<string, string>()
  let isUnfinished = false
  /** By file and its state: how many mails there are before the damage. */
  const damaged = new Map<string, number>()
  let isReading = false
  /** To be said when everything has been read. */
  let stuck: Error | null = null

  async function listFiles(signal: AbortSignal): Promise<readonly FoundFile[]> {
    try {
      return await filesBelow(directory, signal)
    } catch (error) {
      signal.throwIfAborted()
      const isMissing = error instanceof BotError && error.code === 'MAIL_PATH_MISSING'
      throw isMissing
        ? sourceFault('MAIL_SOURCE_MISSING', `${directory} is not there`, place, error)
        : sourceFault('MAIL_SOURCE_UNREADABLE', `${directory} cannot be read`, place, error)
    }
  }

  /** Gives the first fault; the other files are moved all the same. */
  async function settle(cursor: FolderCursor): Promise<Error | null> {
    let fault: Error | null = null
    for (const [file, { mails, wholeAtBytes }] of cursor) {
      if (wholeAtBytes === null) {
        continue
      }
      try {
        const moved = await moveToDone(directory, file, wholeAtBytes)
        if (moved === 'grown') {
          given.set(file, { mails, wholeAtBytes: null })
        } else {
          given.delete(file)
        }
      } catch (error) {
        const moving = moveFault(place, error)
        fault ??= moving instanceof Error ? moving : new Error(String(moving))
      }
    }
    return fault
  }

  function complain(found: FoundFile, reason: string, mails: number): void {
    if (!damaged.has(keyOf(found))) {
      log.warn({ source: name, file: found.file, reason }, 'file cannot be read to its end')
    }
    damaged.set(keyOf(found), mails)
  }

  function hasNothingNew(found: FoundFile): boolean {
    const progress = given.get(found.file)
    return (
      progress?.wholeAtBytes === found.sizeBytes ||
      damaged.get(keyOf(found)) === (progress?.mails ?? 0)
    )
  }

  async function* readFile(found: FoundFile, signal: AbortSignal): AsyncGenerator<Delivery> {
    const { file, sizeBytes } = found
    const known = given.get(file)?.mails ?? 0
    if (sizeBytes === 0 && known === 0) {
      complain(found, 'it is empty', 0)
      // Not counted, and so not moved: somebody may be about to write it.
      yield { raw: new Uint8Array(), location: file, cursor: encodeFolderCursor(given) }
      return
    }
    let mails = 0
    let isDamaged = false
    /** Not given out before it is known whether it is the last one. */
    let held: Pick<Delivery, 'raw' | 'location'> | null = null
    function give(delivery: Pick<Delivery, 'raw' | 'location'>, isLast: boolean): Delivery {
      mails += 1
      given.set(file, { mails, wholeAtBytes: isLast ? sizeBytes : null })
      return { ...delivery, cursor: encodeFolderCursor(given) }
    }
    const source = path.join(directory, file)
    for await (const mail of readIfPresent(source, signal)) {
      signal.throwIfAborted()
      if (mail.outcome === 'unreadable') {
        isDamaged = true
        complain(found, mail.reason.message, mails + (held === null ? 0 : 1))
      } else {
        if (held !== null) {
          yield give(held, false)
        }
        const isKnown: boolean = held === null && mails < known
        mails += isKnown ? 1 : 0
        held = isKnown ? null : { raw: mail.raw, location: mail.location }
      }
    }
    if (held !== null) {
      yield give(held, !isDamaged)
    } else if (known > 0 && mails === known && !isDamaged) {
      stuck ??= await settle(new Map([[file, { mails, wholeAtBytes: sizeBytes }]]))
    }
  }

  async function* readAll(signal: AbortSignal): AsyncGenerator<Delivery> {
    for (;;) {
      const fresh = (await listFiles(signal)).filter(({ file }) => !seen.has(file))
      if (fresh.length === 0) {
        return
      }
      for (const found of fresh) {
        signal.throwIfAborted()
        seen.set(found.file, stateOf(found))
        if (!isAtRest(found, quietMs)) {
          isUnfinished = true
        } else if (!hasNothingNew(found)) {
          yield* readFile(found, signal)
        }
      }
    }
  }

  return {
    name,
    async *read(since, signal) {
      signal.throwIfAborted()
      given = new Map(decodeFolderCursor(since))
      stuck = await settle(new Map(given))
      seen = new Map()
      isUnfinished = false
      isReading = true
      try {
        yield* readAll(signal)
      } finally {
        isReading = false
      }
      if (stuck !== null) {
        throw stuck
      }
    },
    async settle(cursor: Cursor) {
      const fault = await settle(decodeFolderCursor(cursor))
      if (fault !== null && !isReading) {
        throw fault
      }
      stuck ??= fault
    },
    async wait(signal) {
      await waitForChange(
        {
          folder: directory,
          entry: null,
          pollMs: isUnfinished ? Math.min(quietMs, options.pollMs) : options.pollMs,
          hasChanged: async () =>
            (await listFiles(signal)).some((found) => seen.get(found.file) !== stateOf(found)),
        },
        signal,
      )
    },
    async close() {},
  }
}

/** Nothing where it has vanished. */
async function* readIfPresent(file: string, signal: AbortSignal): AsyncGenerator<CollectedMail> {
  try {
    yield* readDespiteDamage([file], Readable.from([]), signal)
  } catch (error) {
    if (!(error instanceof BotError && error.code === 'MAIL_PATH_MISSING')) {
      throw error
    }
  }
}

function keyOf(found: FoundFile): string {
  return `${found.file} ${stateOf(found)}`
}

function stateOf({ sizeBytes, modifiedAtNs }: FoundFile): string {
  return `${sizeBytes} ${modifiedAtNs}`
}

/** By the time of its last change; one from the future counts as at rest. */
function isAtRest({ modifiedAtNs }: FoundFile, quietMs: number): boolean {
  const ageMs = Date.now() - Number(modifiedAtNs / 1_000_000n)
  return ageMs >= quietMs || ageMs < 0
}
