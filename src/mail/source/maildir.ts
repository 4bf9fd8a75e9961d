import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Delivery } from '../../core/delivery.ts'
import type { Logger } from '../../log/logger.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import type { MailSource } from '../mail-source.ts'
import { maxTakenBytes } from './limits.ts'
import { curName, decodeNames, encodeNames, type RawName, uniquePart } from './maildir-names.ts'
import { errnoOf, moveFault, readFault } from './source-fault.ts'
import { waitForChange } from './wait-for-change.ts'

export interface MaildirOptions {
  readonly name: string
  readonly directory: string
  /** `new` is watched; where that does not work it is looked at so often. */
  readonly pollMs: number
  readonly log: Logger
}

interface Listed {
  readonly name: RawName
  readonly modifiedAtNs: bigint
}

/** With more mails that cannot be moved nothing is read any more, because the cursor names each of them. */
const mostStuck = 200

/** So many files are looked at side by side. */
const statsAtOnce = 64

const byNumberInName = new Intl.Collator('en', { numeric: true })

/**
 * Takes mail from `new` and moves it to `cur` once it is durable elsewhere: what lies in `new` has not been taken.
 * The cursor names what was given out and not moved yet, which closes the gap between the two when the process dies.
 * The Maildir is ours: mail that another reader moves to `cur` before we look is not seen. Files that cannot be read
 * stay in `new` and are tried again, as do those that cannot be moved; the others pass them.
 * Throws MAIL_SOURCE_MISSING, MAIL_SOURCE_UNREADABLE, MAIL_SOURCE_STUCK.
 */
export function maildirSource(options: MaildirOptions): MailSource {
  const { name, log } = options
  const directory = path.resolve(options.directory)
  const place = { name, path: directory }
  /** Given out by the latest read and not settled, in that order. */
  let unsettled: readonly RawName[] = []
  let isReading = false
  /** To be said when everything has been read. */
  let stuck: Error | null = null
  /** What the latest read saw in `new`, readable or not. */
  let seen: ReadonlySet<RawName> = new Set()
  /** Files that could not be read; said once. */
  const unreadable = new Set<RawName>()

  /** Gives the first fault; the other files are moved all the same. */
  async function settle(names: readonly RawName[]): Promise<Error | null> {
    if (names.length === 0) {
      return null
    }
    const settled = new Set<RawName>()
    let fault: unknown = null
    try {
      await ensureFolder(path.join(directory, 'cur'))
      const moved = await Promise.allSettled(names.map((each) => moveToCur(directory, each)))
      for (const [index, name] of names.entries()) {
        const move = moved[index]
        if (move?.status === 'fulfilled') {
          settled.add(name)
        } else {
          fault ??= move?.reason
        }
      }
      await syncToDisk(path.join(directory, 'cur'))
      await syncToDisk(path.join(directory, 'new'))
    } catch (error) {
      fault ??= error
    }
    unsettled = unsettled.filter((each) => !settled.has(each))
    if (fault === null) {
      return null
    }
    const stuckFault = moveFault(place, fault)
    return stuckFault instanceof Error ? stuckFault : new Error(String(stuckFault))
  }

  function refuseMoreThan(count: number): void {
    if (stuck !== null && unsettled.length > count) {
      throw stuck
    }
  }

  async function listNew(): Promise<readonly RawName[]> {
    try {
      const names = await namesIn(path.join(directory, 'new'))
      return names.filter((each) => !each.startsWith('.'))
    } catch (error) {
      throw readFault(place, error)
    }
  }

  async function take(file: RawName): Promise<Uint8Array | null> {
    try {
      const raw = await readMail(directory, file)
      unreadable.delete(file)
      return raw
    } catch (error) {
      if (!unreadable.has(file)) {
        unreadable.add(file)
        const fileName = readable(file)
        log.warn({ source: name, file: fileName, errno: errnoOf(error) }, 'mail cannot be read')
      }
      return null
    }
  }

  return {
    name,
    async *read(since, signal): AsyncGenerator<Delivery> {
      signal.throwIfAborted()
      unsettled = decodeNames(since ?? '')
      stuck = await settle(unsettled)
      const seenNow = new Set<RawName>(unsettled)
      seen = seenNow
      isReading = true
      try {
        for (;;) {
          const fresh = (await listNew()).filter((file) => !seenNow.has(file))
          if (fresh.length === 0) {
            break
          }
          for (const file of fresh) {
            seenNow.add(file)
          }
          for (const { name: file } of await inArrivalOrder(directory, fresh)) {
            signal.throwIfAborted()
            refuseMoreThan(mostStuck)
            const raw = await take(file)
            if (raw !== null) {
              unsettled = [...unsettled, file]
              const location = path.join(directory, 'cur', readable(curName(file)))
              yield { raw, cursor: encodeNames(unsettled), location }
            }
          }
        }
      } finally {
        isReading = false
      }
      refuseMoreThan(0)
    },
    async settle(cursor) {
      const fault = await settle(decodeNames(cursor))
      if (fault !== null && !isReading) {
        throw fault
      }
      stuck ??= fault
    },
    async wait(signal) {
      await waitForChange(
        {
          folder: path.join(directory, 'new'),
          entry: null,
          pollMs: options.pollMs,
          hasChanged: async () => (await listNew()).some((file) => !seen.has(file)),
        },
        signal,
      )
    },
    async close() {},
  }
}

/** By time of delivery, then by the numbers in the name; files that have vanished or are no files are left out. */
async function inArrivalOrder(
  directory: string,
  names: readonly RawName[],
): Promise<readonly Listed[]> {
  const listed: Listed[] = []
  for (let at = 0; at < names.length; at += statsAtOnce) {
    const found = await Promise.all(
      names.slice(at, at + statsAtOnce).map(async (name) => {
        const file = await stat(pathOf(directory, 'new', name), { bigint: true }).catch(() => null)
        // Vanished, or not to be looked at: reading it tells which.
        return file?.isFile() === false ? [] : [{ name, modifiedAtNs: file?.mtimeNs ?? 0n }]
      }),
    )
    listed.push(...found.flat())
  }
  return listed.toSorted(
    (a, b) =>
      Number(a.modifiedAtNs - b.modifiedAtNs) ||
      byNumberInName.compare(a.name, b.name) ||
      (a.name < b.name ? -1 : 1),
  )
}

/** The file's bytes, from `cur` when a reader moved it there meanwhile; null when it is gone. */
async function readMail(directory: string, name: RawName): Promise<Uint8Array | null> {
  const raw = await readIfPresent(pathOf(directory, 'new', name))
  if (raw !== null) {
    return raw
  }
  const moved = (await namesIn(path.join(directory, 'cur')).catch(() => [])).find(
    (each) => uniquePart(each) === uniquePart(name),
  )
  return moved === undefined ? null : readIfPresent(pathOf(directory, 'cur', moved))
}

async function readIfPresent(file: Buffer): Promise<Uint8Array | null> {
  try {
    // Without blocking, because what lies there may have become a pipe.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size } = await handle.stat()
      if (size <= maxTakenBytes) {
        return await handle.readFile()
      }
      const head = Buffer.alloc(maxTakenBytes)
      const { bytesRead } = await handle.read(head, 0, head.length, 0)
      return head.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return null
    }
    throw error
  }
}

/** False when another reader, or we before we died, moved or deleted it. */
async function moveToCur(directory: string, name: RawName): Promise<boolean> {
  try {
    await rename(pathOf(directory, 'new', name), pathOf(directory, 'cur', curName(name)))
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      return false
    }
    throw error
  }
}

/** Not its parents: a Maildir that is gone, or not mounted, must not appear anew. */
async function ensureFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') {
      throw error
    }
  }
}

async function namesIn(folder: string): Promise<readonly RawName[]> {
  return (await readdir(folder, { encoding: 'buffer' })).map((name) => name.toString('latin1'))
}

function pathOf(directory: string, folder: 'new' | 'cur', name: RawName): Buffer {
  return Buffer.concat([
    Buffer.from(`${directory}${path.sep}${folder}${path.sep}`),
    Buffer.from(name, 'latin1'),
  ])
}

function readable(name: RawName): string {
  return Buffer.from(name, 'latin1').toString('utf8')
}
