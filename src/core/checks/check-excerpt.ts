import type { CheckAnnotation, CheckLog } from './check-log.ts'
import { cutLine, excerptOf, leftOut, mostFailures, mostLines } from './log-excerpt.ts'
import { logLines } from './log-lines.ts'
import { failingPart, isAboutStep } from './log-step.ts'

/** What of everything that a forge tells of a red check a person needs to see. */
export interface CheckExcerpt {
  /** The step that failed; null where nobody knows. */
  readonly step: string | null
  readonly excerpt: string
  /** The log of that step, without what runners add to it; null where there is none. */
  readonly shown: string | null
}

function annotationLines({ path, line, message }: CheckAnnotation): readonly string[] {
  const place = path === null ? '' : `${path}${line === null ? '' : `:${line}`}: `
  const [first = '', ...rest] = logLines(message).map(({ text }) => text)
  return [`${place}${first}`, ...rest.slice(0, 2)].map(cutLine)
}

/** What the annotations of a check say, at most half of what may be shown. */
function annotated(annotations: readonly CheckAnnotation[], maxBytes: number): readonly string[] {
  const lines: string[] = []
  let bytes = 0
  const red = annotations.filter(({ level, message }) => {
    const [line] = logLines(message)
    return level === 'failure' && line !== undefined && !isAboutStep(line)
  })
  for (const annotation of red.slice(0, mostFailures)) {
    const more = annotationLines(annotation)
    bytes += more.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
    if (bytes > maxBytes / 2 || lines.length + more.length > mostLines / 2) {
      break
    }
    lines.push(...more)
  }
  return lines
}

/** Chooses the failing step and what to show of it, by the steps, the annotations and the log of a check. */
export function excerptOfCheck(log: CheckLog, maxBytes: number): CheckExcerpt {
  const part = failingPart(logLines(log.text ?? ''), log.steps)
  const said = annotated(log.annotations, maxBytes)
  const bytes = said.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
  const shown = excerptOf(part.lines, Math.max(0, maxBytes - bytes - leftOut.length - 1))
  const fresh = shown.filter((line) => line === leftOut || !said.includes(line))
  const gap = said.length > 0 && fresh.length > 0 && fresh[0] !== leftOut ? [leftOut] : []
  return {
    step: part.step,
    excerpt: [...said, ...gap, ...fresh].join('\n'),
    shown: log.text === null ? null : part.lines.map(({ text }) => text).join('\n'),
  }
}
