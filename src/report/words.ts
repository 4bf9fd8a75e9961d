import type { BaseRule } from '../core/apply/base-choice.ts'
import type { CheckState } from '../core/checks/check.ts'

/** Completes `applied on <base>, …`. */
export const baseRuleWords: Readonly<Record<BaseRule, string>> = {
  given: 'the base that a person chose for it',
  'base-commit': 'the base-commit that it names',
  prerequisite: 'the prerequisite patches that it names',
  'depends-on': 'the series that it depends on',
  prefix: 'the branch that its subject prefix stands for',
  'blob-index': 'the newest commit with the files that it was made from',
  trial: 'the first branch that it applies to',
  green: 'the newest commit whose own tests passed',
  default: 'the default branch',
}

/** Names the rung of the ladder at the head of what it found. */
export const rungWords: Readonly<Record<BaseRule, string>> = {
  given: 'chosen by a person',
  'base-commit': 'base-commit',
  prerequisite: 'prerequisite patches',
  'depends-on': 'series it depends on',
  prefix: 'subject prefix',
  'blob-index': 'files it was made from',
  trial: 'applying it to each branch',
  green: 'newest tested commit',
  default: 'default branch',
}

const checkWords: Readonly<Partial<Record<CheckState, string>>> = {
  failure: 'failed',
  error: 'could not be run',
  cancelled: 'was cancelled',
}

/** What became of a check that is red. */
export function checkStateWords(state: CheckState): string {
  return checkWords[state] ?? state
}

const verdictWords: Readonly<Record<string, string>> = {
  success: 'passed',
  failure: 'failed',
  error: 'could not be tested',
  conflict: 'did not apply',
  'base-missing': 'had no base to apply it on',
  held: 'was held',
  problem: 'waited for a person',
  'no-checks': 'was not tested',
  empty: 'held nothing that was new',
}

/** Completes `v1 …`; null where nothing is to be said. */
export function verdictInWords(verdict: string): string | null {
  return verdictWords[verdict] ?? null
}

/** `Ada`, `Ada and Bob`, `Ada, Bob and Eve`. */
export function joinNames(names: readonly string[], last: 'and' | 'or'): string {
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`
}
