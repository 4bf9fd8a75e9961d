import type { Sha } from '../../core/ids.ts'
import { type PatchPair, readPatchPairs } from '../../core/patch/patch-pair.ts'
import { pipeGit } from '../cli/pipe-git.ts'
import { gitFault, gitText, runGit } from '../cli/run-git.ts'
import type { CommitRange } from '../git-engine.ts'
import type { Repository } from './repository.ts'

/** Nothing of the repository or the machine colours, converts or executes. */
const plainDiff = ['--no-color', '--no-ext-diff', '--no-textconv']

/** Percentage up to which two commits count as one that was changed: what GitGitGadget uses. */
const creationFactor = 95

const maxRangeDiffBytes = 4 * 1024 * 1024

export async function committedAt(repository: Repository, commit: Sha): Promise<Date> {
  const [found] = (await repository.reader?.find([`${commit}^{commit}`], undefined)) ?? []
  const header = found?.content?.toString('latin1').split('\n\n', 1)[0]
  const seconds = /^committer .* (?<seconds>\d+) [+-]\d{4}$/m.exec(header ?? '')?.groups?.[
    'seconds'
  ]
  if (seconds !== undefined) {
    return new Date(Number(seconds) * 1000)
  }
  const args = ['show', '-s', '--format=%ct', `${commit}^{commit}`]
  return new Date(Number((await gitText(args, repository.view)).trim()) * 1000)
}

/** Subject and body, as they were recorded. */
export async function commitMessage(repository: Repository, commit: Sha): Promise<string> {
  return gitText(['show', '-s', '--format=%B', `${commit}^{commit}`], repository.view)
}

const mostPaths = 100

/** Files of the tree of `commit` that are, or lie in, one of `roots`; the first hundred. */
export async function pathsIn(
  repository: Repository,
  commit: Sha,
  roots: readonly string[],
): Promise<readonly string[]> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit, '--', ...roots]
  const paths = await gitText(args, repository.view)
  return paths.split('\0').filter(Boolean).slice(0, mostPaths)
}

/** See `GitEngine.mergesCleanly`. `git merge-tree` without a work tree came with 2.38; an older one answers 129. */
export async function mergesCleanly(
  repository: Repository,
  ours: Sha,
  theirs: Sha,
  signal: AbortSignal | undefined,
): Promise<boolean | null> {
  const args = ['merge-tree', '--write-tree', '--no-messages', '--name-only', ours, theirs]
  const { exitCode } = await runGit(args, repository.view, signal)
  return exitCode > 1 ? null : exitCode === 0
}

/** `git range-diff` as text; what is longer than 4 MiB is cut. */
export async function rangeDiff(
  repository: Repository,
  before: CommitRange,
  after: CommitRange,
  signal: AbortSignal | undefined,
): Promise<string> {
  const ranges = [before, after].map(({ base, head }) => `${base}..${head}`)
  const factor = `--creation-factor=${creationFactor}`
  const args = ['range-diff', '--no-color', '--no-ext-diff', factor, ...ranges]
  return cutText(repository, args, maxRangeDiffBytes, signal)
}

/** The same as structure, whole however long: without the diffs nothing of a patch can look like a line of git's. */
export async function pairPatches(
  repository: Repository,
  before: CommitRange,
  after: CommitRange,
  signal: AbortSignal | undefined,
): Promise<readonly PatchPair[]> {
  const ranges = [before, after].map(({ base, head }) => `${base}..${head}`)
  const factor = `--creation-factor=${creationFactor}`
  const args = ['range-diff', '--no-color', '--no-patch', factor, ...ranges]
  const settings = [...(repository.view.settings ?? []), ['core.abbrev', '40'] as const]
  return readPatchPairs(await gitText(args, { ...repository.view, settings }, signal))
}

/** The diff of a commit against its first parent. */
export async function showCommit(
  repository: Repository,
  commit: Sha,
  maxBytes: number,
): Promise<string> {
  const args = [
    'show',
    '--format=',
    '-p',
    '-m',
    '--first-parent',
    '-M',
    ...plainDiff,
    `${commit}^{commit}`,
  ]
  return cutText(repository, args, maxBytes, undefined)
}

/** A blob as text, under any name that git has for it; null when there is none here, or a longer one. */
export async function readText(
  repository: Repository,
  object: string,
  maxBytes: number,
): Promise<string | null> {
  const call = { ...repository.view, maxOutputBytes: maxBytes + 1, overflow: 'cut' } as const
  const output = await runGit(['cat-file', 'blob', object], call)
  return output.exitCode !== 0 || output.stdout.length > maxBytes
    ? null
    : Buffer.from(output.stdout).toString('utf8')
}

async function cutText(
  repository: Repository,
  args: readonly string[],
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const call = { ...repository.view, maxOutputBytes: maxBytes, overflow: 'cut' } as const
  const output = await runGit(args, call, signal)
  if (output.exitCode !== 0) {
    throw gitFault(args, output)
  }
  // The cut may have fallen into a character.
  const isCut = output.stdout.length === maxBytes
  const text = Buffer.from(output.stdout).toString('utf8')
  return isCut ? text.replace(/\uFFFD{1,3}$/, '') : text
}

/** A bound for ranges over years. */
const maxPatchIds = 20_000

/** `git patch-id --stable` of the newest 20 000 commits in the range, oldest first; a merge, or a commit without a diff, has none. */
export async function patchIdsOf(
  repository: Repository,
  range: CommitRange,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const order = ['--reverse', '--topo-order', '--no-merges', '--format=commit %H']
  const most = `--max-count=${maxPatchIds}`
  const args = ['log', '-p', most, ...plainDiff, ...order, `${range.base}..${range.head}`]
  const ids = await pipeGit(args, ['patch-id', '--stable'], repository.view, signal)
  return ids
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((id) => id !== '')
}

const maxKnownPairs = 10_000

/** Throws GIT_OBJECT_MISSING when one of them is not here. */
export async function isAncestor(
  repository: Repository,
  ancestor: Sha,
  descendant: Sha,
): Promise<boolean> {
  const pair = `${ancestor} ${descendant}`
  if (repository.ancestry.has(pair)) {
    return true
  }
  const args = ['merge-base', '--is-ancestor', ancestor, descendant]
  const output = await runGit(args, repository.view)
  if (output.exitCode > 1) {
    throw gitFault(args, output)
  }
  if (output.exitCode === 0) {
    if (repository.ancestry.size >= maxKnownPairs) {
      repository.ancestry.clear()
    }
    repository.ancestry.add(pair)
  }
  return output.exitCode === 0
}
