import { plainLines } from './plain-text.ts'

export interface ExcerptBudget {
  readonly lines: number
  readonly bytes: number
}

function takeWhileRoom(lines: readonly string[], budget: ExcerptBudget): number {
  let bytes = 0
  let taken = 0
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1
    if (taken === budget.lines || bytes > budget.bytes) {
      break
    }
    taken += 1
  }
  return taken
}

/**
 * The part of a log that fits a mail. What does not fit is left out of the middle, and it is said how much: a log
 * begins with what was run and ends with what went wrong.
 */
export function excerptOf(log: string, budget: ExcerptBudget): readonly string[] {
  const lines = plainLines(log)
  if (takeWhileRoom(lines, budget) === lines.length) {
    return lines
  }
  const head = takeWhileRoom(lines, {
    lines: Math.floor(budget.lines / 4),
    bytes: Math.floor(budget.bytes / 4),
  })
  const tail = takeWhileRoom(lines.slice(head).reverse(), {
    lines: budget.lines - head - 1,
    bytes: Math.floor((budget.bytes * 3) / 4),
  })
  if (head + tail === 0) {
    return []
  }
  const leftOut = lines.length - head - tail
  return [
    ...lines.slice(0, head),
    `[... ${leftOut} line${leftOut === 1 ? '' : 's'} left out ...]`,
    ...lines.slice(lines.length - tail),
  ]
}
