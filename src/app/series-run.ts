import path from 'node:path'
import type { Application } from '../core/apply/application.ts'
import type { BaseChoice } from '../core/apply/base-choice.ts'
import { findDependencies, type KnownSeries } from '../core/apply/dependency.ts'
import { BotError } from '../core/bot-error.ts'
import type { MessageId, RefName, Sha } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'
import { type LinkedSeries, ownMails, type Series } from '../core/series/series.ts'
import { runGit } from '../git/cli/run-git.ts'
import { openGitEngine } from '../git/engine/open-git-engine.ts'
import type { GitEngine, PatchMail, Remote } from '../git/git-engine.ts'
import { readAsGit } from '../mail/parse/read-as-git.ts'
import { readThreads } from './read-threads.ts'
import type { Terminal } from './terminal.ts'

export interface SeriesRunRequest {
  readonly repository: string
  /** Revision that overrides every rule; null where there is none. */
  readonly base: string | null
  /** Ask the repository's remotes for a base-commit that it lacks. */
  readonly fetch: boolean
}

export interface AppliedOnBase {
  readonly choice: BaseChoice
  /** Null where no base was found. */
  readonly application: Application | null
}

/** Series out of mails and a repository to apply them to, without any configuration. */
export interface SeriesRun {
  readonly git: GitEngine
  /** In the order of their first mail. */
  readonly series: readonly LinkedSeries[]
  /** Climbs the base ladder. The series it is built on, where they are among `series`, are applied first. */
  choose(series: Series): Promise<BaseChoice>
  /** Each series is applied once, however often it is asked for. */
  apply(series: Series): Promise<AppliedOnBase>
}

/**
 * Reads the mails under `paths` and opens the repository for the time of `use`. Throws GIT_REPOSITORY_*, MAIL_PATH_*,
 * CLI_BASE_UNKNOWN.
 */
export async function* withSeriesRun<T>(
  paths: readonly string[],
  request: SeriesRunRequest,
  terminal: Terminal,
  use: (run: SeriesRun) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const directory = path.resolve(terminal.cwd, request.repository)
  const git = await openGitEngine(directory, { readMail: readAsGit })
  try {
    const branches = await git.candidateBranches()
    const given = await givenBase(request.base, git)
    const raws = new Map<MessageId, Uint8Array>()
    const { series } = await readThreads(paths, terminal, ({ message }, raw) => {
      if (message.patch !== null) {
        raws.set(message.messageId, raw)
      }
    })
    const remotes = request.fetch ? await remotesOf(directory) : []
    yield* use(makeRun({ git, series, raws, branches, given, remotes, terminal }))
  } finally {
    await git.close()
  }
}

async function givenBase(base: string | null, git: GitEngine): Promise<Sha | null> {
  if (base === null) {
    return null
  }
  const sha = await git.resolve(base)
  if (sha === null) {
    throw new BotError('CLI_BASE_UNKNOWN', `--base names no commit here: ${base}`, {
      retry: 'never',
    })
  }
  return sha
}

/** The remotes that the repository's own configuration names, as they stand there. */
async function remotesOf(directory: string): Promise<readonly Remote[]> {
  const args = ['config', '--local', '--get-regexp', '^remote\\..*\\.url$']
  const { stdout } = await runGit(args, { cwd: directory })
  const lines = Buffer.from(stdout).toString('utf8').split('\n')
  return lines.flatMap((line) => {
    const url = line.slice(line.indexOf(' ') + 1)
    return url === '' ? [] : [{ url, authorization: null }]
  })
}

interface Ingredients {
  readonly git: GitEngine
  readonly series: readonly LinkedSeries[]
  readonly raws: ReadonlyMap<MessageId, Uint8Array>
  readonly branches: readonly RefName[]
  readonly given: Sha | null
  readonly remotes: readonly Remote[]
  readonly terminal: Terminal
}

function makeRun(ingredients: Ingredients): SeriesRun {
  const { git, series, branches, given, remotes, terminal } = ingredients
  const signal = terminal.draining
  const committer = committerOf(terminal.env)
  const prefixBranches = branchesByName(branches)
  const applied = new Map<MessageId, AppliedOnBase>()
  /** Series whose base is being chosen: two that name each other are built on neither. */
  const underway = new Set<MessageId>()

  function patchesOf(one: Series): readonly PatchMail[] {
    return one.patches.flatMap(({ number, messageId, patchId }) => {
      const raw = ingredients.raws.get(messageId)
      return raw === undefined ? [] : [{ number, messageId, patchId, raw }]
    })
  }

  async function known(one: Series): Promise<readonly KnownSeries[]> {
    const wanted = series
      .map((each) => each.series)
      .filter((other) => other.complete && !underway.has(other.anchor) && isNamedBy(one, other))
    const found: KnownSeries[] = []
    for (const other of wanted) {
      const { choice, application } = await apply(other)
      const range =
        choice.outcome === 'chosen' && application?.outcome === 'applied'
          ? { base: choice.base, head: application.head }
          : null
      found.push({ series: other, range })
    }
    return found
  }

  async function choose(one: Series): Promise<BaseChoice> {
    underway.add(one.anchor)
    try {
      return await git.chooseBase(
        {
          given,
          baseCommit: one.baseCommit,
          dependencies: given === null ? findDependencies(one, await known(one)) : [],
          prefixes: one.prefixes,
          prefixBranches,
          branches,
          patches: patchesOf(one),
          committer,
          remotes,
        },
        signal,
      )
    } finally {
      underway.delete(one.anchor)
    }
  }

  async function apply(one: Series): Promise<AppliedOnBase> {
    const before = applied.get(one.anchor)
    if (before !== undefined) {
      return before
    }
    const choice = await choose(one)
    const application =
      choice.outcome === 'base-missing'
        ? null
        : await git.apply(
            {
              base: choice.base,
              patches: patchesOf(one),
              committer,
              skipMerged: true,
              olderBaseOn: branches,
            },
            signal,
          )
    const result = { choice, application }
    applied.set(one.anchor, result)
    return result
  }

  return { git, series, choose, apply }
}

function committerOf(env: Terminal['env']): Mailbox {
  return {
    name: env['GIT_COMMITTER_NAME'] ?? 'Patchferry',
    address: env['GIT_COMMITTER_EMAIL'] ?? 'patchferry@localhost',
  }
}

/** Where nothing is configured a prefix stands for the branch of that very name: `[PATCH stable-8.2]`. */
function branchesByName(branches: readonly RefName[]): Readonly<Record<string, RefName>> {
  const named = branches.map(
    (branch) => [branch.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ''), branch] as const,
  )
  // Of several with one name the first candidate counts.
  return Object.fromEntries(named.toReversed())
}

function isNamedBy(one: Series, other: Series): boolean {
  return (
    other.anchor !== one.anchor &&
    (ownMails(other).some((id) => one.dependsOn.includes(id)) ||
      other.patches.some(({ patchId }) => one.prerequisitePatchIds.includes(patchId ?? '')))
  )
}
