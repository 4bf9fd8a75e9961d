import type { Sha } from '../../../core/ids.ts'
import { pipeGit } from '../../cli/pipe-git.ts'
import { gitText } from '../../cli/run-git.ts'
import { isPlainPath, touchedPaths } from '../diff-files.ts'
import { boundedHistory, sinceArgument } from '../history-range.ts'
import type { Repository } from '../repository.ts'
import type { MailPatch } from './mail-patch.ts'

/** How far back a merged patch is looked for: commits of the first-parent line, and commits that touch its files. */
const maxMainline = 2000
const maxCommits = 1000

/** A commit can be older than its mail, when it was committed first and mailed later. */
const lateMailMs = 90 * 24 * 60 * 60 * 1000

/**
 * How many patches at the front of a series are on `base` already, by `git patch-id --stable`. The search is
 * bounded by counts and by the dates of the mails, never by time: the answer is the same on every machine.
 */
export async function countMerged(
  repository: Repository,
  base: Sha,
  patches: readonly MailPatch[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const ids = await mailPatchIds(repository, patches, signal)
  const range = await boundedHistory(repository, base, maxMainline, signal)
  for (const [index, patch] of patches.entries()) {
    const id = ids.get(index)
    if (id === undefined) {
      return index
    }
    const found = await patchIdsOnFiles(repository, range, patch, signal)
    if (!found.has(id)) {
      return index
    }
  }
  return patches.length
}

/** Patch-ids by position; a patch without a diff has none. */
async function mailPatchIds(
  repository: Repository,
  patches: readonly MailPatch[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, string>> {
  const width = repository.objectFormat === 'sha256' ? 64 : 40
  // patch-id tells patches apart by the commit names in front of them: positions do as well.
  const input = patches
    .map(({ patch }, index) => `commit ${String(index).padStart(width, '0')}\n${patch}\n`)
    .join('')
  const answer = await gitText(
    ['patch-id', '--stable'],
    { ...repository.view, input: Buffer.from(input, 'latin1') },
    signal,
  )
  return new Map(
    [...answer.matchAll(/^(?<id>[0-9a-f]+) (?<index>\d+)$/gm)].map(({ groups }) => [
      Number(groups?.['index']),
      groups?.['id'] ?? '',
    ]),
  )
}

async function patchIdsOnFiles(
  repository: Repository,
  range: readonly string[],
  patch: MailPatch,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const paths = [...(touchedPaths(patch.patch) ?? [])].filter(isPlainPath)
  if (paths.length === 0) {
    return new Set()
  }
  const since = sinceArgument([patch.authoredAt], lateMailMs)
  const log = ['log', '-p', '--no-merges', '--full-diff', `--max-count=${maxCommits}`, ...since]
  const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--format=commit %H']
  const names = paths.map((name) => Buffer.from(name, 'latin1').toString('utf8'))
  const args = ['--literal-pathspecs', ...log, ...plain, ...range, '--', ...names]
  const ids = await pipeGit(args, ['patch-id', '--stable'], repository.view, signal)
  return new Set(ids.split('\n').map((line) => line.split(' ')[0] ?? ''))
}
