import { BotError } from '../../../core/bot-error.ts'
import type { RefName, Sha } from '../../../core/ids.ts'
import { isAncestor } from '../inspect.ts'
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
 * The `base-commit:` of the mails, from here or from a remote. Throws GIT_REMOTE_UNREACHABLE: while a remote that may have
 * it is away, another base would be a guess.
 */
export async function tryBaseCommit(input: LadderInput): Promise<RungResult> {
  const { baseCommit, remotes } = input.request
  if (baseCommit === null) {
    return missed('The series states no base-commit.')
  }
  const name = short(baseCommit)
  if ((await resolveCommit(input.repository, baseCommit)) !== null) {
    const branch = await branchOf(input, baseCommit)
    return found(baseCommit, branch, `The series states ${name}, which is ${placeOf(branch)}.`)
  }
  for (const remote of remotes) {
    try {
      await fetchRefs(input.repository, remote, [{ from: baseCommit, to: null }], input.signal)
    } catch (error) {
      if (!isRefusal(error)) {
        throw error
      }
    }
    if ((await resolveCommit(input.repository, baseCommit)) !== null) {
      const branch = await branchOf(input, baseCommit)
      return found(
        baseCommit,
        branch,
        `The series states ${name}, which was fetched and is ${placeOf(branch)}.`,
      )
    }
  }
  const asked =
    remotes.length === 0 ? 'nobody else was asked' : `none of ${remotes.length} remotes gives it`
  return missed(`The series states ${baseCommit}, which is not here, and ${asked}.`)
}

/** Heads of the series it builds on, best first. */
export async function tryDependencies(
  input: LadderInput,
  rule: 'prerequisite' | 'depends-on',
): Promise<RungResult> {
  const named = input.request.dependencies.filter((dependency) => dependency.rule === rule)
  for (const { head } of named) {
    if ((await resolveCommit(input.repository, head)) !== null) {
      const branch = await branchOf(input, head)
      return found(head, branch, `Commit ${short(head)} is the head of the series it builds on.`)
    }
  }
  return missed(
    named.length === 0
      ? 'No series that it builds on is known here.'
      : `The heads of the ${named.length} series it builds on are not in this repository.`,
  )
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
