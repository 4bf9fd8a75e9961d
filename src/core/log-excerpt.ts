import type { CheckLog } from './check-log.ts'

/** What of everything that a forge tells of a red check a person needs to see. */
export interface CheckExcerpt {
  /** The step that failed; null where nobody knows. */
  readonly step: string | null
  readonly excerpt: string
  /** The log of that step, without what runners add to it; null where there is none. */
  readonly shown: string | null
}

export function excerptOfCheck(log: CheckLog, maxBytes: number): CheckExcerpt {
  const step = log.steps.find(({ outcome }) => outcome === 'failure')?.name ?? null
  const excerpt = log.text === null ? '' : logExcerpt(log.text, maxBytes)
  return { step, excerpt, shown: log.text }
}

/** Lines that tell what went wrong, of compilers, test runners and shells. */
const telling =
  /(?:^|[\s:[(])(?:error|fatal|fail(?:ed|ure)?|not ok|panic|assert(?:ion)?|undefined reference|traceback|exception|segmentation fault|no such file)(?:[\s:!\])]|$)/i

const contextLines = 3

function tail(lines: readonly string[], maxBytes: number): readonly string[] {
  const kept: string[] = []
  let size = 0
  for (const line of lines.toReversed()) {
    size += line.length + 1
    if (size > maxBytes && kept.length > 0) {
      break
    }
    kept.unshift(line)
  }
  return kept
}

/**
 * What a person needs to see of a failing log, at most about `maxBytes` long: the lines around the first that
 * names an error, and the last lines. Empty for an empty log; what was left out is marked `[...]`.
 */
export function logExcerpt(log: string, maxBytes: number): string {
  const lines = log.replace(/\r\n?/g, '\n').trimEnd().split('\n')
  if (log.length <= maxBytes) {
    return lines.join('\n')
  }
  const end = tail(lines, maxBytes / 2)
  const endsFrom = lines.length - end.length
  const first = lines.findIndex((line) => telling.test(line))
  if (first === -1 || first + contextLines >= endsFrom) {
    return ['[...]', ...tail(lines, maxBytes)].join('\n')
  }
  const from = Math.max(0, first - contextLines)
  const around = lines.slice(from, Math.min(endsFrom, first + 3 * contextLines))
  const before = tail(around.toReversed(), maxBytes / 2).toReversed()
  return [...(from > 0 ? ['[...]'] : []), ...before, '[...]', ...end].join('\n')
}
