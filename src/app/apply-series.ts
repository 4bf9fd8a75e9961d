import path from 'node:path'
import type { Application, AppliedCommit, Conflict } from '../core/application.ts'
import type { BaseRule } from '../core/base-choice.ts'
import { BotError } from '../core/bot-error.ts'
import type { MessageId, RefName, Sha, TopicId } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'
import type { LinkedSeries } from '../core/series.ts'
import { runGit } from '../git/cli/run-git.ts'
import { openGitEngine } from '../git/engine/open-git-engine.ts'
import type { GitEngine, PatchMail } from '../git/git-engine.ts'
import { readThreads } from './read-threads.ts'
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

export interface ApplyPathsRequest {
  readonly repository: string
  readonly base: string | null
  readonly ref: string | null
}

const nothing = { base: null, baseRule: null, head: null, tree: null, commits: [], conflict: null }

function committerOf(env: Terminal['env']): Mailbox {
  return {
    name: env['GIT_COMMITTER_NAME'] ?? 'Patchferry',
    address: env['GIT_COMMITTER_EMAIL'] ?? 'patchferry@localhost',
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

/** Heads of the series that were applied before in this run, by the mails that are in them. */
type Heads = Map<MessageId, Sha>

async function applyOne(
  { topic, series }: LinkedSeries,
  raws: ReadonlyMap<MessageId, Uint8Array>,
  given: Sha | null,
  branches: readonly RefName[],
  heads: Heads,
  git: GitEngine,
  terminal: Terminal,
): Promise<AppliedSeries> {
  const { version, minor } = series
  const common = { topic, version, minor }
  if (!series.complete) {
    return { ...common, outcome: 'incomplete', ...nothing }
  }
  const patches: readonly PatchMail[] = series.patches.flatMap(({ number, messageId, patchId }) => {
    const raw = raws.get(messageId)
    return raw === undefined ? [] : [{ number, messageId, patchId, raw }]
  })
  const committer = committerOf(terminal.env)
  const choice = await git.chooseBase(
    {
      given,
      baseCommit: series.baseCommit,
      dependencies: series.dependsOn.flatMap((id) => {
        const head = heads.get(id)
        return head === undefined ? [] : [{ rule: 'depends-on' as const, head }]
      }),
      prefixes: series.prefixes,
      prefixBranches: {},
      branches,
      patches,
      committer,
      remotes: [],
    },
    terminal.draining,
  )
  if (choice.outcome === 'base-missing') {
    return { ...common, outcome: 'base-missing', ...nothing }
  }
  const { base, rule: baseRule } = choice
  const request = { base, patches, committer, skipMerged: true }
  const application = await git.apply(request, terminal.draining)
  const { outcome, commits } = application
  if (application.outcome === 'conflict') {
    const { conflict } = application
    return { ...common, outcome, base, baseRule, head: null, tree: null, commits, conflict }
  }
  const { head, tree } = application
  for (const id of [
    ...(series.cover === null ? [] : [series.cover]),
    ...patches.map((p) => p.messageId),
  ]) {
    heads.set(id, head)
  }
  return { ...common, outcome, base, baseRule, head, tree, commits, conflict: null }
}

/**
 * Applies every series found under `paths`, in the order of their first mail. Objects are written to the
 * repository, refs are not, but for `ref`, which wants a single series. Throws GIT_REPOSITORY_*,
 * CLI_BASE_UNKNOWN, CLI_REF_INVALID, CLI_REF_NEEDS_ONE_SERIES.
 */
export async function* applyPaths(
  paths: readonly string[],
  request: ApplyPathsRequest,
  terminal: Terminal,
): AsyncGenerator<AppliedSeries> {
  const git = await openGitEngine(path.resolve(terminal.cwd, request.repository))
  try {
    const branches = await git.candidateBranches()
    const given = await givenBase(request.base, git)
    const ref = await requireRef(request.ref)
    const raws = new Map<MessageId, Uint8Array>()
    const { series } = await readThreads(paths, terminal, ({ message }, raw) => {
      if (message.patch !== null) {
        raws.set(message.messageId, raw)
      }
    })
    if (ref !== null && series.length !== 1) {
      throw new BotError(
        'CLI_REF_NEEDS_ONE_SERIES',
        `--ref keeps the result of one series, and ${series.length} were found`,
        { retry: 'never' },
      )
    }
    const heads: Heads = new Map()
    for (const one of series) {
      const applied = await applyOne(one, raws, given, branches, heads, git, terminal)
      if (ref !== null && applied.head !== null) {
        await git.updateRefs([{ ref, target: applied.head }])
      }
      yield applied
    }
  } finally {
    await git.close()
  }
}
