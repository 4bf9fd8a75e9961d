import type { Cursor } from '../../core/delivery.ts'

/** By number of the epoch the last commit that was read. */
export type InboxCursor = ReadonlyMap<number, string>

const commitName = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** `{"0":"<commit>"}`. */
export function encodeInboxCursor(cursor: InboxCursor): Cursor {
  return JSON.stringify(Object.fromEntries(cursor))
}

/** What is no such text, in whole or in part, counts as not read. */
export function decodeInboxCursor(text: Cursor | null): InboxCursor {
  const entries = Object.entries(parse(text ?? '{}') ?? {})
  return new Map(
    entries.flatMap(([epoch, commit]: readonly [string, unknown]) =>
      /^\d+$/.test(epoch) && typeof commit === 'string' && commitName.test(commit)
        ? [[Number(epoch), commit] as const]
        : [],
    ),
  )
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
