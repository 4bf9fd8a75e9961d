import type { Hunk } from './file-diff.ts'

const header = /@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/y

/** What `git apply` takes for the mark of a missing newline, whatever language it is in. */
const shortestMark = 12

/**
 * Reads the hunks that begin at `from` of a byte string, and where the last of them ends. Null for what `git apply`
 * refuses, and for forms that no diff program writes.
 */
export function readHunks(
  text: string,
  from: number,
): { readonly hunks: readonly Hunk[]; readonly end: number } | null {
  const hunks: Hunk[] = []
  let at = from
  while (text.startsWith('@@ -', at)) {
    const found = readHunk(text, at)
    if (found === null) {
      return null
    }
    hunks.push(found.hunk)
    at = found.end
  }
  return { hunks, end: at }
}

function readHunk(
  text: string,
  from: number,
): { readonly hunk: Hunk; readonly end: number } | null {
  header.lastIndex = from
  const found = header.exec(text)
  if (found === null) {
    return null
  }
  let oldLeft = Number(found[2] ?? 1)
  let newLeft = Number(found[4] ?? 1)
  const before: string[] = []
  const after: string[] = []
  let trailing = 0
  let isOldOpen = true
  let isNewOpen = true
  let changed = false
  let at = lineEnd(text, from)
  while (oldLeft > 0 || newLeft > 0) {
    const end = lineEnd(text, at)
    const mark = text[at]
    if (end > text.length || mark === undefined) {
      return null
    }
    const next = text[end] === '\\' ? lineEnd(text, end) : end
    if (next !== end && !isNoNewlineMark(text, end, next)) {
      return null
    }
    const isCut = next !== end
    // An empty line is an empty line of context whose blank was lost on the way.
    const line = mark === '\n' ? '\n' : text.slice(at + 1, isCut ? end - 1 : end)
    const isOld = mark !== '+'
    const isNew = mark !== '-'
    if (!' +-\n'.includes(mark) || (mark === '\n' && isCut)) {
      return null
    }
    // After a line without newline nothing of that side can follow.
    if ((isOld && !isOldOpen) || (isNew && !isNewOpen)) {
      return null
    }
    if (isOld) {
      before.push(line)
      oldLeft -= 1
      isOldOpen = !isCut
    }
    if (isNew) {
      after.push(line)
      newLeft -= 1
      isNewOpen = !isCut
    }
    if (oldLeft < 0 || newLeft < 0) {
      return null
    }
    trailing = isOld && isNew ? trailing + 1 : 0
    changed ||= isOld !== isNew
    at = next
  }
  if (!changed || text[at] === '\\') {
    return null
  }
  const hunk = {
    header: text.slice(from, lineEnd(text, from) - 1),
    oldStart: Number(found[1]),
    newStart: Number(found[3]),
    before,
    after,
    trailing,
  }
  return { hunk, end: at }
}

/** After the newline of the line at `from`; beyond the text where that has none. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length + 1 : at + 1
}

function isNoNewlineMark(text: string, from: number, end: number): boolean {
  return end <= text.length && end - from >= shortestMark && text.startsWith('\\ ', from)
}
