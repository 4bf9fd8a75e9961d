import type { Sha } from '../../../core/ids.ts'
import type { Repository } from '../repository.ts'

/** Object name at each path; null where there is nothing. */
export type TreeState = ReadonlyMap<string, string | null>

/** What each of `commits` has at each of `paths` (byte strings without newline), in one round trip. */
export async function treeStates(
  repository: Repository,
  commits: readonly Sha[],
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly TreeState[]> {
  const names = commits.flatMap((commit) => paths.map((name) => `${commit}:${name}`))
  const found = await repository.names.find(names, signal)
  return commits.map((_, row) => {
    const own = found.slice(row * paths.length, (row + 1) * paths.length)
    return new Map(own.map((one, column) => [paths[column] ?? '', one?.sha ?? null]))
  })
}
