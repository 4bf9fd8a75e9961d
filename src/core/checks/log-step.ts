import type { CheckStep } from './check-log.ts'
import type { LogLine } from './log-lines.ts'

export interface FailingPart {
  /** The step that failed; null where nobody knows. */
  readonly step: string | null
  readonly lines: readonly LogLine[]
}

/** What the runner of GitHub ends a failed step with. */
const ended = /^(?:Process completed with exit code \d+\.|The operation was canceled\.)$/

/** `  ❌  Failure - Main make check`, as the runner of Gitea and Forgejo ends a failed step. */
const failedMark =
  /^\s*\u274c\s+Failure - (?:(?:Main|Pre|Post) )?(?<step>.{1,200}?)(?: \[[\d.]+m?s\])?$/u
const beganMark = /^\s*\u2b50\ufe0f? Run (?:(?:Main|Pre|Post) )?(?<step>.{1,200})$/u

/** Whether the line is only about the beginning or the end of a step, which the check says anyway. */
export function isAboutStep({ text }: LogLine): boolean {
  return ended.test(text) || failedMark.test(text) || beganMark.test(text)
}

function seconds(at: Date | null): string {
  return at === null ? '' : at.toISOString().slice(0, 19)
}

/** Lines of the step by its times; runner and forge have one clock, which counts whole seconds. */
function byTimes(lines: readonly LogLine[], step: CheckStep): readonly LogLine[] {
  const [from, to] = [seconds(step.startedAt), seconds(step.finishedAt)]
  return from === ''
    ? lines
    : lines.filter(({ second }) => second >= from && (to === '' || second <= to))
}

/** Up to where the step says that it failed: what runs afterwards cleans up. */
function upToEnd(lines: readonly LogLine[]): readonly LogLine[] {
  const end = lines.findIndex((line) => line.mark === 'error' && ended.test(line.text))
  return end === -1 ? lines : lines.slice(0, end + 1)
}

function byMarkers(lines: readonly LogLine[]): FailingPart | null {
  const end = lines.findIndex(({ text }) => failedMark.test(text))
  if (end !== -1) {
    const step = failedMark.exec(lines[end]?.text ?? '')?.groups?.['step'] ?? null
    const start = lines.slice(0, end).findLastIndex(({ text }) => beganMark.test(text))
    return { step, lines: lines.slice(start + 1, end + 1) }
  }
  const part = upToEnd(lines)
  if (part.length === lines.length) {
    return null
  }
  const start = part.findLastIndex(({ mark, text }) => mark === 'group' && text.startsWith('Run '))
  return { step: null, lines: part.slice(Math.max(0, start)) }
}

/** The part of a job's log that belongs to the step that failed first; all of it where nothing tells the steps apart. */
export function failingPart(lines: readonly LogLine[], steps: readonly CheckStep[]): FailingPart {
  const failed = steps.find(({ outcome }) => outcome === 'failure')
  if (failed !== undefined) {
    const part = upToEnd(byTimes(lines, failed))
    if (part.some(({ text }) => text !== '')) {
      return { step: failed.name, lines: part }
    }
  }
  const marked = byMarkers(lines) ?? { step: null, lines }
  return { ...marked, step: failed?.name ?? marked.step }
}
