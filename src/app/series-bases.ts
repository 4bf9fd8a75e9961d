import type { BaseRule, BaseRung } from '../core/apply/base-choice.ts'
import type { RefName, Sha, TopicId } from '../core/ids.ts'
import { type SeriesRunRequest, withSeriesRun } from './series-run.ts'
import type { Terminal } from './terminal.ts'

/** One line of `patchferry base --json`. */
export interface SeriesBase {
  readonly topic: TopicId
  readonly version: number
  readonly minor: number
  readonly name: string
  readonly outcome: 'chosen' | 'base-missing' | 'incomplete'
  readonly base: Sha | null
  readonly baseRule: BaseRule | null
  /** The candidate branch that has the base; null where none has, or the rule does not know it. */
  readonly branch: RefName | null
  /** Every rung that was tried, in order; the last one of a chosen base is the one that was taken. */
  readonly rungs: readonly BaseRung[]
}

/**
 * The base ladder of every series found under `paths`, in the order of their first mail. No ref is changed; the
 * objects of a series that another one is built on are written, as `apply` does. Throws GIT_REPOSITORY_*, CLI_BASE_UNKNOWN.
 */
export async function* listBases(
  paths: readonly string[],
  request: SeriesRunRequest,
  terminal: Terminal,
): AsyncGenerator<SeriesBase> {
  yield* withSeriesRun(paths, request, terminal, async function* (run) {
    for (const { topic, series } of run.series) {
      const { version, minor, name } = series
      const common = { topic, version, minor, name }
      const none = { base: null, baseRule: null, branch: null }
      if (!series.complete) {
        yield { ...common, outcome: 'incomplete', ...none, rungs: [] }
        continue
      }
      const choice = await run.choose(series)
      yield choice.outcome === 'chosen'
        ? {
            ...common,
            outcome: 'chosen',
            base: choice.base,
            baseRule: choice.rule,
            branch: choice.branch,
            rungs: choice.rungs,
          }
        : { ...common, outcome: 'base-missing', ...none, rungs: choice.rungs }
    }
  })
}
