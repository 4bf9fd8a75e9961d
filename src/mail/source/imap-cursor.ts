import type { Cursor } from '../../core/delivery.ts'
import { cursorEntries } from './cursor-json.ts'

/** How far one folder has been read. Numbers are UIDs (RFC 3501, 2.3.1.1), ascending. */
export interface FolderProgress {
  /** Another value means that every UID means another mail. */
  readonly uidValidity: string
  readonly last: number
  /** Given out, but not yet flagged, moved or deleted. */
  readonly pending: readonly number[]
  /** Passed over because they could not be read. */
  readonly skipped: readonly number[]
}

/** By name of the folder. */
export type ImapCursor = ReadonlyMap<string, FolderProgress>

/** `{"INBOX":["1700000000",12,"9:12","3"]}`: UIDVALIDITY, last, pending, skipped. */
export function encodeImapCursor(cursor: ImapCursor): Cursor {
  return JSON.stringify(
    Object.fromEntries(
      [...cursor].map(([folder, { uidValidity, last, pending, skipped }]) => [
        folder,
        [uidValidity, last, encodeUids(pending), encodeUids(skipped)],
      ]),
    ),
  )
}

/** What is no such text, in whole or in part, counts as not read. */
export function decodeImapCursor(text: Cursor | null): ImapCursor {
  return new Map(
    cursorEntries(text).flatMap(([folder, entry]) => {
      const [uidValidity, last, pending, skipped] = Array.isArray(entry) ? entry : []
      return typeof uidValidity === 'string' && isUid(last)
        ? [[folder, { uidValidity, last, pending: uidsIn(pending), skipped: uidsIn(skipped) }]]
        : []
    }),
  )
}

/** A sequence set of RFC 3501: `1:3,5`. The UIDs are ascending. */
export function encodeUids(uids: readonly number[]): string {
  const runs: { from: number; to: number }[] = []
  for (const uid of uids) {
    const run = runs.at(-1)
    if (run?.to === uid - 1) {
      run.to = uid
    } else {
      runs.push({ from: uid, to: uid })
    }
  }
  return runs.map(({ from, to }) => (from === to ? String(from) : `${from}:${to}`)).join(',')
}

function uidsIn(text: unknown): readonly number[] {
  if (typeof text !== 'string') {
    return []
  }
  return text.split(',').flatMap((run) => {
    const [from, to] = run.split(':').map(Number)
    return isUid(from) && from > 0 && (to === undefined || (isUid(to) && to - from < 1e6))
      ? Array.from({ length: (to ?? from) - from + 1 }, (_, index) => from + index)
      : []
  })
}

function isUid(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32
}
