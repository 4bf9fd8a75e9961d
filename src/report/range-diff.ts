import { plainLine } from './plain-text.ts'

export interface RangeDiffSummary {
  readonly same: number
  readonly changed: number
  readonly added: number
  readonly dropped: number
  /** The lines of git that name the patches, the unchanged ones left out where they are many. */
  readonly lines: readonly string[]
  /** Lines of patches that changed and are not in `lines`. */
  readonly leftOut: number
}

const mostLines = 10

// ` 2:  c8d1e2f ! 3:  0a1b2c3 subject`, with `-:  -------` on the side that lacks the patch.
const pair =
  /^\s*(?:\d+|-):\s+(?:[0-9a-f]+|-+)\s(?<sign>[=!<>])\s+(?:\d+|-):\s+(?:[0-9a-f]+|-+)(?:\s|$)/

/** Reads the output of `git range-diff`; null where it names no patch. */
export function summarizeRangeDiff(output: string): RangeDiffSummary | null {
  const pairs = output
    .split('\n')
    .map((line) => ({ line: plainLine(line, 100), sign: pair.exec(line)?.groups?.['sign'] }))
    .filter(({ sign }) => sign !== undefined)
  if (pairs.length === 0) {
    return null
  }
  function count(sign: string): number {
    return pairs.filter((found) => found.sign === sign).length
  }
  const shown = pairs.length <= mostLines ? pairs : pairs.filter(({ sign }) => sign !== '=')
  return {
    same: count('='),
    changed: count('!'),
    added: count('>'),
    dropped: count('<'),
    lines: shown.slice(0, mostLines).map(({ line }) => line),
    leftOut: Math.max(0, shown.length - mostLines),
  }
}
