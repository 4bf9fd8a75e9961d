import type { Sha } from '../ids.ts'

export type CheckState =
  | 'pending'
  | 'running'
  /** It does not begin before a person says so on the forge. */
  | 'approval-needed'
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
  /** By what the forge gives its log (`Forge.readLog`); null where it gives none. */
  readonly logId?: string | null
  /** Grows when it is run again; 1 at first. */
  readonly attempt?: number
  /** The failing step, where it is known. */
  readonly failingStep: string | null
  /** What a person needs to see of the log; empty when there is nothing to show. */
  readonly excerpt: string
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}
