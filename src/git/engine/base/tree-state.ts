import type { Sha } from '../../../core/ids.ts'
import { gitBytes } from '../../cli/run-git.ts'
import type { Repository } from '../repository.ts'

/** Object name at each path; null where there is nothing. */
export type TreeState = ReadonlyMap<string, string | null>

/** What each of `commits` has at each of `paths` (byte strings without newline), in one call. */
export async function treeStates(
  repository: Repository,
  commits: readonly Sha[],
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly TreeState[]> {
  const input = commits.flatMap((commit) => paths.map((name) => `${commit}:${name}\n`)).join('')
  const call = { ...repository.view, input: Buffer.from(input, 'latin1') }
  const answer = await gitBytes(['cat-file', '--batch-check=%(objectname)'], call, signal)
  const lines = Buffer.from(answer).toString('latin1').split('\n')
  return commits.map((_, row) => {
    const own = lines.slice(row * paths.length, (row + 1) * paths.length)
    return new Map(
      own.map((line, column) => [
        paths[column] ?? '',
        /^[0-9a-f]{40,64}$/.test(line) ? line : null,
      ]),
    )
  })
}
