import type { Dependency } from '../../../core/apply/dependency.ts'
import { BotError } from '../../../core/bot-error.ts'
import type { RefName, Sha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import type { CommitRange } from '../../git-engine.ts'
import { isAncestor } from '../inspect.ts'
import { openRemote } from '../open-remote.ts'
import { resolveCommit } from '../refs.ts'
import { fetchRefs } from '../remote.ts'
import type { LadderInput, RungResult } from './rung.ts'

/** What the command line gives overrides everything. */
export async function tryGiven(input: LadderInput): Promise<RungResult> {
  const { given } = input.request
  if (given === null || (await resolveCommit(input.repository, given)) === null) {
    return missed(`The commit given, ${given ?? 'none'}, is not in this repository.`)
  }
  return found(given, await branchOf(input, given), `Commit ${short(given)} was given.`)
}

/**
 * The `base-commit:` of the mails, from here or from a remote. It is left to the next rungs where it lacks a series that
 * this one is built on: git-format-patch(1) names the public commit below the prerequisites. Throws
 * GIT_REMOTE_UNREACHABLE: while a remote that may have it is away, another base would be a guess.
 */
export async function tryBaseCommit(input: LadderInput): Promise<RungResult> {
  const { baseCommit, dependencies } = input.request
  if (baseCommit === null) {
    return missed('The series states no base-commit by its full name.')
  }
  const place = await obtain(input, baseCommit)
  if (place === 'absent') {
    const { remotes } = input.request
    const asked =
      remotes.length === 0 ? 'nobody else was asked' : `none of ${remotes.length} remotes gives it`
    return missed(`The series states ${baseCommit}, which is not here, and ${asked}.`)
  }
  const branch = await branchOf(input, baseCommit)
  const origin = place === 'fetched' ? 'was fetched and is' : 'is'
  const said = `The series states ${short(baseCommit)}, which ${origin} ${placeOf(branch)}`
  const applied = dependencies.flatMap(({ range }) => range ?? [])
  for (const range of applied) {
    if (!(await holdsSeries(input, baseCommit, range))) {
      return missed(`${said} but lacks the series that this one is built on.`)
    }
  }
  return dependencies.length > 0 && applied.length === 0
    ? found(baseCommit, branch, `${said}. What it is built on is not known here.`)
    : found(baseCommit, branch, `${said}.`)
}

async function obtain(
  { repository, request, signal }: LadderInput,
  commit: Sha,
): Promise<'here' | 'fetched' | 'absent'> {
  if ((await resolveCommit(repository, commit)) !== null) {
    return 'here'
  }
  for (const remote of request.remotes) {
    try {
      const opened = await openRemote(remote, signal)
      await fetchRefs(repository, opened, [{ from: commit, to: null }], signal)
    } catch (error) {
      if (!isRefusal(error)) {
        throw error
      }
    }
    if ((await resolveCommit(repository, commit)) !== null) {
      return 'fetched'
    }
  }
  return 'absent'
}

/** The head of a series it is built on, the best that is here and not merged yet. */
export async function tryDependencies(
  input: LadderInput,
  rule: Dependency['rule'],
): Promise<RungResult> {
  const named = input.request.dependencies.filter((dependency) => dependency.rule === rule)
  const stories: string[] = []
  for (const { name, range } of named) {
    if (range === null) {
      stories.push(`${name} is not applied here`)
    } else if ((await resolveCommit(input.repository, range.head)) === null) {
      stories.push(`the head of ${name} is not in this repository`)
    } else {
      const merged = await mergedInto(input, range)
      if (merged === null) {
        const branch = await branchOf(input, range.head)
        return found(
          range.head,
          branch,
          `Commit ${short(range.head)} is the head of ${name}, which it is built on.`,
        )
      }
      stories.push(`${name} is merged into ${merged}`)
    }
  }
  return missed(
    stories.length === 0
      ? `The series names no ${rule === 'prerequisite' ? 'prerequisite patches' : 'other series'}.`
      : `Of what it is built on, ${stories.join(', and ')}.`,
  )
}

/** With a repository of many branches the first of them have to do: comparing patches costs more than ancestry. */
const maxMergedInto = 3

/** The first candidate branch that has every patch of the range; null when none has. */
async function mergedInto(input: LadderInput, range: CommitRange): Promise<RefName | null> {
  for (const tip of input.tips.slice(0, maxMergedInto)) {
    if (await holdsSeries(input, tip.commit, range)) {
      return tip.branch
    }
  }
  return null
}

/** Whether `commit` has every patch of the range, by ancestry or by patch-id. */
async function holdsSeries(
  { repository, signal }: LadderInput,
  commit: Sha,
  { base, head }: CommitRange,
): Promise<boolean> {
  if ((await resolveCommit(repository, head)) === null) {
    return false
  }
  if (await isAncestor(repository, head, commit)) {
    return true
  }
  const lines = await gitText(['cherry', commit, head, base], repository.view, signal)
  return lines !== '' && !/^\+/m.test(lines)
}

/** The branch that a bracket word of the subject stands for. */
export async function tryPrefix(input: LadderInput): Promise<RungResult> {
  const { prefixes, prefixBranches } = input.request
  const branches = new Map(
    Object.entries(prefixBranches).map(([prefix, branch]) => [prefix.toLowerCase(), branch]),
  )
  const missing: string[] = []
  for (const prefix of prefixes) {
    const branch = branches.get(prefix.toLowerCase())
    const commit = branch === undefined ? null : await resolveCommit(input.repository, branch)
    if (branch !== undefined && commit !== null) {
      return found(
        commit,
        branch,
        `The prefix [${prefix}] stands for ${branch}, now at ${short(commit)}.`,
      )
    }
    missing.push(...(branch === undefined ? [] : [branch]))
  }
  return missed(
    missing.length === 0
      ? 'No prefix of the subject stands for a branch.'
      : `The branch ${missing.join(', ')} that the prefix stands for does not exist here.`,
  )
}

export function found(base: Sha, branch: RefName | null, finding: string): RungResult {
  return { finding, found: { base, branch } }
}

export function missed(finding: string): RungResult {
  return { finding, found: null }
}

/** Enough of an object name for people. */
export function short(sha: Sha): string {
  return sha.slice(0, 12)
}

/** With a repository of many branches the first of them have to do. */
const maxBranches = 50

/** The first candidate branch that contains `commit`; null when none does. */
async function branchOf(input: LadderInput, commit: Sha): Promise<RefName | null> {
  for (const tip of input.tips.slice(0, maxBranches)) {
    if (await isAncestor(input.repository, commit, tip.commit)) {
      return tip.branch
    }
  }
  return null
}

function placeOf(branch: RefName | null): string {
  return branch === null ? 'on no candidate branch' : `on ${branch}`
}

function isRefusal(error: unknown): boolean {
  const codes = ['GIT_REMOTE_REF_MISSING', 'GIT_REMOTE_DENIED']
  return error instanceof BotError && codes.includes(error.code)
}
