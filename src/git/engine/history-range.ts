import type { Sha } from '../../core/ids.ts'
import { gitText } from '../cli/run-git.ts'
import type { Repository } from './repository.ts'

/**
 * Revision arguments for the history of `tip` down to the `maxMainline`-th commit of its first-parent line: a bound that is the
 * same on every machine.
 */
export async function boundedHistory(
  repository: Repository,
  tip: Sha,
  maxMainline: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const args = ['rev-list', '--first-parent', '--max-count=1', `--skip=${maxMainline}`, tip]
  const oldest = (await gitText(args, repository.view, signal)).trim()
  return oldest === '' ? [tip] : [tip, `^${oldest}`]
}

/** `--since` for commits at most `marginMs` older than the oldest of `dates`; nothing when none is known. */
export function sinceArgument(
  dates: readonly (Date | null)[],
  marginMs: number,
): readonly string[] {
  const times = dates.flatMap((date) => (date === null ? [] : [date.getTime()]))
  return times.length === 0
    ? []
    : [`--since=${Math.max(0, Math.floor((Math.min(...times) - marginMs) / 1000))}`]
}
