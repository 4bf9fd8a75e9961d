import { BotError } from '../core/bot-error.ts'
import type { KeyPath } from './entries.ts'

/** One mistake, before it is known where in the file it stands. */
export interface Finding {
  readonly keyPath: KeyPath
  /** Which of the two the reader should look at. */
  readonly at: 'key' | 'value'
  /** A clause that follows the key path: `is no duration`. */
  readonly message: string
  /** A sentence. */
  readonly remedy: string
  /** The file is right, and the next try may do. */
  readonly isPassing?: true
}

/** One mistake, as people see it and `details.problems` holds it. */
export interface ConfigProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** `projects[0].tests.timeout`; empty for the file as a whole. */
  readonly key: string
  readonly message: string
  readonly remedy: string
}

function problemText(problem: ConfigProblem): string {
  const key = problem.key === '' ? '' : `${problem.key} `
  return `${problem.file}:${problem.line}:${problem.column}: ${key}${problem.message}\n    ${problem.remedy}`
}

function inOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column)
}

/** CONFIG_SECRET_UNREADABLE, to be tried again, with every secret that could not be had just now. */
export function secretsUnread(problems: readonly ConfigProblem[]): BotError {
  const sorted = inOrder(problems)
  const message = ['secrets cannot be had just now:', ...sorted.map(problemText)].join('\n  ')
  return new BotError('CONFIG_SECRET_UNREADABLE', message, {
    retry: 'later',
    details: { problems: sorted },
  })
}

/** CONFIG_INVALID with every problem, in the order of the file. */
export function invalidConfig(file: string, problems: readonly ConfigProblem[]): BotError {
  const sorted = inOrder(problems)
  const count = sorted.length === 1 ? 'a mistake' : `${sorted.length} mistakes`
  const message = [`${file} has ${count}:`, ...sorted.map(problemText)].join('\n  ')
  return new BotError('CONFIG_INVALID', message, {
    retry: 'after-human',
    details: { problems: sorted },
  })
}
