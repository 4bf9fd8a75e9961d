import { type FileHandle, open, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Delivery } from '../../core/delivery.ts'
import type { Logger } from '../../log/logger.ts'
import type { MailSource } from '../mail-source.ts'
import { type MboxFormat, type MboxMail, splitMbox } from '../parse/split-mbox.ts'
import { maxTakenBytes } from './limits.ts'
import { decodeMark, encodeMark, type MboxMark, markOf, resume } from './mbox-mark.ts'
import { readFault } from './source-fault.ts'
import { waitForChange } from './wait-for-change.ts'

export interface MboxOptions {
  readonly name: string
  readonly file: string
  /** The file is watched; where that does not work it is looked at so often. */
  readonly pollMs: number
  /** The last mail is taken when the file has not changed for so long; 2 s when absent. */
  readonly quietMs?: number
  readonly log: Logger
}

interface FileState {
  readonly inode: number
  readonly size: number
  readonly modifiedAtMs: number
}

const defaultQuietMs = 2000
/** So many times longer a last mail must rest that does not end as mails do. */
const patience = 30
const chunkBytes = 256 * 1024

/**
 * Follows an mbox file as it grows, an mboxrd by its ending `.mboxrd` or by `From mboxrd@z` lines; it is only read. The cursor is a position and a digest of the mail before
 * it: a file that was cut off, replaced or rewritten is noticed and read from its beginning. One that is renamed
 * (log rotation) while we follow it is read to its end first. A mail is taken when another follows it, or when the
 * file has rested for `quietMs`; one that grew after that is given out again, whole.
 * Throws MAIL_SOURCE_MISSING and MAIL_SOURCE_UNREADABLE.
 */
export function mboxSource(options: MboxOptions): MailSource {
  const { name, log } = options
  const file = path.resolve(options.file)
  const place = { name, path: file }
  const format: MboxFormat = /\.mboxrd$/i.test(file) ? 'mboxrd' : 'auto'
  const quietMs = options.quietMs ?? defaultQuietMs
  /** The file that is followed, whatever its name is by now. */
  let followed: FileHandle | null = null
  /** As the latest read found it, and since when it has been like that by the monotonic clock. */
  let seen: (FileState & { readonly sinceMs: number }) | null = null
  /** A last mail may not be whole yet. */
  let isUnfinished = false

  async function look(handle: FileHandle): Promise<FileState> {
    const state = stateOf(await handle.stat())
    if (seen === null || !isSame(seen, state)) {
      seen = { ...state, sinceMs: performance.now() }
    }
    return state
  }

  /** By the time of the last change, or, where that lies in the future, by what we saw ourselves. */
  function isAtRest(state: FileState, restMs: number = quietMs): boolean {
    const observedMs = seen !== null && isSame(seen, state) ? performance.now() - seen.sinceMs : 0
    return Math.max(Date.now() - state.modifiedAtMs, observedMs) >= restMs
  }

  async function startOf(handle: FileHandle, mark: MboxMark | null): Promise<number | null> {
    if (mark === null) {
      return 0
    }
    const resumption = await resume(handle, mark)
    switch (resumption.outcome) {
      case 'here':
        return resumption.offset
      case 'grown':
        log.info({ source: name, file, offset: mark.start }, 'the last mail has grown: taken again')
        return resumption.offset
      case 'rewritten':
        log.info({ source: name, file }, 'the mbox was rewritten: read from its beginning')
        return 0
      case 'undecided':
        return isAtRest(await look(handle)) ? mark.start : null
    }
  }

  async function isWhole(handle: FileHandle, mail: MboxMail): Promise<boolean> {
    if (mail.complete) {
      return true
    }
    const state = await look(handle)
    const restMs = (await endsInBlankLine(handle, state.size)) ? quietMs : quietMs * patience
    return state.size === mail.endOffset && isAtRest(state, restMs)
  }

  async function* readFrom(
    handle: FileHandle,
    mark: MboxMark | null,
    signal: AbortSignal,
  ): AsyncGenerator<Delivery> {
    await look(handle)
    isUnfinished = false
    const start = await startOf(handle, mark)
    if (start === null) {
      isUnfinished = true
      return
    }
    for await (const mail of splitMbox(chunksOf(handle, start), start, format, maxTakenBytes)) {
      signal.throwIfAborted()
      if (!(await isWhole(handle, mail))) {
        isUnfinished = true
        return
      }
      const cursor = encodeMark(await markOf(handle, mail.offset, mail.endOffset))
      yield { raw: mail.raw, cursor, location: `${file}:${mail.offset}` }
    }
  }

  async function hasBeenRenamed(handle: FileHandle): Promise<boolean> {
    const [now, held] = [await stat(file).catch(() => null), await handle.stat()]
    return now?.ino !== held.ino
  }

  async function* readAll(mark: MboxMark | null, signal: AbortSignal): AsyncGenerator<Delivery> {
    if (followed !== null && (await hasBeenRenamed(followed))) {
      let isAtEnd = true
      for await (const delivery of readFrom(followed, mark, signal)) {
        isAtEnd = false
        yield delivery
      }
      if (!isAtEnd || isUnfinished) {
        // It is let go of when `mark` says that its last mail is stored.
        return
      }
      await followed.close()
      followed = null
    }
    followed ??= await open(file, 'r')
    yield* readFrom(followed, mark, signal)
  }

  return {
    name,
    async *read(since, signal) {
      signal.throwIfAborted()
      try {
        yield* readAll(decodeMark(since ?? ''), signal)
      } catch (error) {
        throw readFault(place, error)
      }
    },
    async settle() {},
    async wait(signal) {
      await waitForChange(
        {
          folder: path.dirname(file),
          entry: path.basename(file),
          pollMs: isUnfinished ? Math.min(options.pollMs, quietMs + 1) : options.pollMs,
          hasChanged: async () => {
            const state = stateOf(await stat(file))
            return seen === null || !isSame(seen, state)
          },
        },
        signal,
      )
    },
    async close() {
      const last = followed
      followed = null
      await last?.close()
    },
  }
}

/** Mail programs end a mail in an mbox with a blank line; a writer that was interrupted hardly ever does. */
async function endsInBlankLine(handle: FileHandle, size: number): Promise<boolean> {
  const end = Buffer.alloc(3)
  const { bytesRead } = await handle.read(end, 0, end.length, Math.max(0, size - end.length))
  return /\n\r?\n$/.test(end.subarray(0, bytesRead).toString('latin1'))
}

/** Not a stream of the handle, which would close it when nobody reads on. */
async function* chunksOf(handle: FileHandle, start: number): AsyncGenerator<Uint8Array> {
  for (let position = start; ; ) {
    const { bytesRead, buffer } = await handle.read(
      Buffer.alloc(chunkBytes),
      0,
      chunkBytes,
      position,
    )
    if (bytesRead === 0) {
      return
    }
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

function stateOf(found: { ino: number; size: number; mtimeMs: number }): FileState {
  return { inode: found.ino, size: found.size, modifiedAtMs: found.mtimeMs }
}

function isSame(a: FileState, b: FileState): boolean {
  return a.inode === b.inode && a.size === b.size && a.modifiedAtMs === b.modifiedAtMs
}
