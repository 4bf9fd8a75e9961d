import type { AppliedCommit } from '../apply/application.ts'
import type { Sha } from '../ids.ts'
import type { CheckState } from './check.ts'

export type BreakSearch =
  /** Nothing can be said before this commit is tested. */
  | { readonly outcome: 'test'; readonly commit: Sha }
  /** Its tests fail, and pass on the commit before it. */
  | { readonly outcome: 'found'; readonly commit: AppliedCommit; readonly sha: Sha }
  /** A commit on the way can be neither passed nor failed. */
  | { readonly outcome: 'unknown' }

/**
 * Finds the commit of a series from which on its tests fail, by halving, as `git bisect` does: the base is known to
 * pass and the last commit to fail. Pure: `stateOf` says what is known of a commit so far, null for nothing.
 */
export function searchBreak(
  commits: readonly AppliedCommit[],
  stateOf: (commit: Sha) => CheckState | null,
): BreakSearch {
  const made = commits.flatMap((commit) =>
    commit.sha === null ? [] : [{ commit, sha: commit.sha }],
  )
  let good = -1
  let bad = made.length - 1
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    const sha = made[middle]?.sha
    const state = sha === undefined ? 'error' : stateOf(sha)
    if (sha !== undefined && state === null) {
      return { outcome: 'test', commit: sha }
    }
    if (state === 'success') {
      good = middle
    } else if (state === 'failure' || state === 'cancelled') {
      bad = middle
    } else {
      return { outcome: 'unknown' }
    }
  }
  const found = made[bad]
  return found === undefined ? { outcome: 'unknown' } : { outcome: 'found', ...found }
}
