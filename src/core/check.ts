import type { Sha } from './ids.ts'

export type CheckState =
  | 'pending'
  | 'running'
  | 'success'
  | 'failure'
  | 'error'
  | 'cancelled'
  | 'skipped'

/** One CI result on one commit, whatever its origin. */
export interface Check {
  readonly origin: 'check-run' | 'commit-status' | 'actions-job' | 'command'
  /** The status context, check-run or test name; unique per commit and origin. */
  readonly context: string
  readonly sha: Sha
  readonly state: CheckState
  /** One line. */
  readonly summary: string
  readonly targetUrl: string | null
  /** The failing step, where it is known. */
  readonly failingStep: string | null
  /** What a person needs to see of the log; empty when there is nothing to show. */
  readonly excerpt: string
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}
