import type { Application, AppliedCommit, Conflict } from '../core/apply/application.ts'
import type { BaseRule } from '../core/apply/base-choice.ts'
import { BotError } from '../core/bot-error.ts'
import type { RefName, Sha, TopicId } from '../core/ids.ts'
import type { Problem } from '../core/problem.ts'
import type { LinkedSeries } from '../core/series/series.ts'
import { runGit } from '../git/cli/run-git.ts'
import { type SeriesRun, type SeriesRunRequest, withSeriesRun } from './series-run.ts'
import type { Terminal } from './terminal.ts'

/** One line of `patchferry apply --json`. */
export interface AppliedSeries {
  readonly topic: TopicId
  readonly version: number
  readonly minor: number
  readonly outcome: Application['outcome'] | 'base-missing' | 'incomplete'
  readonly base: Sha | null
  readonly baseRule: BaseRule | null
  readonly head: Sha | null
  readonly tree: Sha | null
  readonly commits: readonly AppliedCommit[]
  readonly conflict: Conflict | null
}

/** With what is odd about its mails, which are applied all the same. */
export interface AppliedWithProblems {
  readonly applied: AppliedSeries
  readonly problems: readonly Problem[]
}

export interface ApplyPathsRequest extends SeriesRunRequest {
  readonly ref: string | null
  /** `ref` may be moved from another commit. */
  readonly force: boolean
}

const nothing = { base: null, baseRule: null, head: null, tree: null, commits: [], conflict: null }

/** git would write a name outside refs/ as a file of its own folder. */
async function requireRef(ref: string | null): Promise<RefName | null> {
  if (ref === null) {
    return null
  }
  const { exitCode } = await runGit(['check-ref-format', ref])
  if (exitCode !== 0 || !ref.startsWith('refs/')) {
    throw new BotError('CLI_REF_INVALID', `--ref is no full name of a ref: ${ref}`, {
      retry: 'never',
    })
  }
  return ref as RefName
}

async function applyOne({ topic, series }: LinkedSeries, run: SeriesRun): Promise<AppliedSeries> {
  const { version, minor } = series
  const common = { topic, version, minor }
  if (!series.complete) {
    return { ...common, outcome: 'incomplete', ...nothing }
  }
  const { choice, application } = await run.apply(series)
  if (choice.outcome === 'base-missing' || application === null) {
    return { ...common, outcome: 'base-missing', ...nothing }
  }
  const { base, rule: baseRule } = choice
  const { outcome, commits } = application
  if (application.outcome === 'conflict') {
    const { conflict } = application
    return { ...common, outcome, base, baseRule, head: null, tree: null, commits, conflict }
  }
  const { head, tree } = application
  return { ...common, outcome, base, baseRule, head, tree, commits, conflict: null }
}

function isThere(ref: RefName, actual: Sha, head: Sha): BotError {
  return new BotError(
    'CLI_REF_EXISTS',
    `${ref} is at ${actual} already; the series gives ${head}`,
    { retry: 'never' },
  )
}

/** What somebody may keep under that name is not thrown away by accident. */
async function keep(ref: RefName, head: Sha, force: boolean, { git }: SeriesRun): Promise<void> {
  const actual = await git.resolve(ref)
  if (actual === head) {
    return
  }
  if (actual !== null && !force) {
    throw isThere(ref, actual, head)
  }
  try {
    await git.updateRefs([{ ref, target: head, ...(force ? {} : { expected: null }) }])
  } catch (error) {
    // Somebody else, such as another run of ours, was there meanwhile.
    const now = await git.resolve(ref)
    if (now !== head) {
      throw force || now === null ? error : isThere(ref, now, head)
    }
  }
}

/**
 * Applies every series found under `paths`, in the order of their first mail. Objects are written to the
 * repository, refs are not, but for `ref`, which wants a single series. Throws GIT_REPOSITORY_*,
 * CLI_BASE_UNKNOWN, CLI_REF_EXISTS, CLI_REF_INVALID, CLI_REF_NEEDS_ONE_SERIES.
 */
export async function* applyPaths(
  paths: readonly string[],
  request: ApplyPathsRequest,
  terminal: Terminal,
): AsyncGenerator<AppliedWithProblems> {
  const ref = await requireRef(request.ref)
  yield* withSeriesRun(paths, request, terminal, async function* (run) {
    if (ref !== null && run.series.length !== 1) {
      throw new BotError(
        'CLI_REF_NEEDS_ONE_SERIES',
        `--ref keeps the result of one series, and ${run.series.length} were found`,
        { retry: 'never' },
      )
    }
    for (const one of run.series) {
      const applied = await applyOne(one, run)
      if (ref !== null && applied.head !== null) {
        await keep(ref, applied.head, request.force, run)
      }
      yield { applied, problems: one.series.problems }
    }
  })
}
