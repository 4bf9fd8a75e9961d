import type { Cursor } from '../../core/delivery.ts'
import { cursorEntries } from './cursor-json.ts'

/** How far a file has been given out. */
export interface FileProgress {
  /** Mails of it, from its beginning. */
  readonly mails: number
  /** Its size in bytes when that was all; null while it is not. */
  readonly wholeAtBytes: number | null
}

/** By path within the folder: files that were begun and are not moved yet. */
export type FolderCursor = ReadonlyMap<string, FileProgress>

/** `{"a.mbox":[3],"b/c.eml":[1,2048]}`: mails, and the size of what was given out whole. */
export function encodeFolderCursor(cursor: FolderCursor): Cursor {
  return JSON.stringify(
    Object.fromEntries(
      [...cursor].map(([file, { mails, wholeAtBytes }]) => [
        file,
        wholeAtBytes === null ? [mails] : [mails, wholeAtBytes],
      ]),
    ),
  )
}

/** What is no such text, in whole or in part, counts as not read. */
export function decodeFolderCursor(text: Cursor | null): FolderCursor {
  return new Map(
    cursorEntries(text).flatMap(([file, entry]) => {
      const [mails, wholeAtBytes = null] = Array.isArray(entry) ? entry : []
      const isWhole = Number.isInteger(wholeAtBytes)
      return Number.isInteger(mails) && (isWhole || wholeAtBytes === null)
        ? [[file, { mails: Number(mails), wholeAtBytes: isWhole ? Number(wholeAtBytes) : null }]]
        : []
    }),
  )
}
