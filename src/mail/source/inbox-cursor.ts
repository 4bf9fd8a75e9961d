import type { Cursor } from '../../core/delivery.ts'
import { cursorEntries } from './cursor-json.ts'

/** By number of the epoch the last commit that was read. */
export type InboxCursor = ReadonlyMap<number, string>

const commitName = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** `{"0":"<commit>"}`. */
export function encodeInboxCursor(cursor: InboxCursor): Cursor {
  return JSON.stringify(Object.fromEntries(cursor))
}

/** What is no such text, in whole or in part, counts as not read. */
export function decodeInboxCursor(text: Cursor | null): InboxCursor {
  return new Map(
    cursorEntries(text).flatMap(([epoch, commit]) =>
      /^\d+$/.test(epoch) && typeof commit === 'string' && commitName.test(commit)
        ? [[Number(epoch), commit] as const]
        : [],
    ),
  )
}
