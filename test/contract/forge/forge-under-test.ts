import type { Check } from '../../../src/core/checks/check.ts'
import type { CheckAnnotation } from '../../../src/core/checks/check-log.ts'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import type { ForgePermission } from '../../../src/core/pull-request/forge-comment.ts'
import type { ReviewDraft, ReviewState } from '../../../src/core/pull-request/review.ts'
import type { Forge, ForgeCapabilities } from '../../../src/forge/forge.ts'

/** A job that the forge's own CI runs, as a workflow would have it do. */
export interface RunningJob {
  readonly name: string
  readonly outcome: 'success' | 'failure' | 'cancelled' | 'skipped' | 'running' | 'approval-needed'
  readonly steps: readonly {
    readonly name: string
    readonly outcome: 'success' | 'failure' | 'skipped'
  }[]
  readonly log: string
  readonly annotations?: readonly CheckAnnotation[]
}

/**
 * A forge with a branch `refs/heads/main` whose `file.txt` has the lines `line 1` to `line 20`, and the hands that the suite
 * needs on its other side.
 */
export interface ForgeUnderTest {
  readonly forge: Forge
  /**
   * Puts `ref` of the repository that holds heads on a commit of its own, as a push would, and gives the commit: it changes
   * line 10 of `file.txt` and nothing else of main, to another text each time.
   */
  moveBranch(ref: RefName): Promise<Sha>
  /** Lets CI report a check: as a commit status, or as a check run where `origin` says so and the forge has them. */
  report(check: Check): Promise<void>
  /** The forge's own CI runs a job on `sha`; gives the context that `listChecks` shall have. */
  runJob(sha: Sha, job: RunningJob): Promise<string>
  /** What a person does, under `login`: an account that exists, with permission `read` unless `allow` said otherwise. */
  comment(number: number, login: string, body: string): Promise<void>
  review(
    number: number,
    login: string,
    review: ReviewDraft & { readonly state: ReviewState },
  ): Promise<void>
  /** A person puts a label on a pull request. */
  label(number: number, login: string, label: string): Promise<void>
  allow(login: string, permission: ForgePermission): Promise<void>
  closeAsPerson(number: number): Promise<void>
  close(): Promise<void>
}

/**
 * What a server may lack for a test: accounts of other people, a CI that does as it is told, somebody whose jobs need an
 * approval, or the time for pull requests by the dozen.
 */
export type Hands = 'people' | 'jobs' | 'approvals' | 'crowds'

type BooleanCapability = {
  [name in keyof ForgeCapabilities]: ForgeCapabilities[name] extends boolean ? name : never
}[keyof ForgeCapabilities]

export interface ForgeCase {
  readonly name: string
  /** What a forge must be able to do for the case to make sense. */
  readonly needs: readonly BooleanCapability[]
  /** What its other side must be able to do; nothing when absent. */
  readonly hands?: readonly Hands[]
  /** Of a case that takes longer than others; the usual one when absent. */
  readonly timeoutMs?: number
  /** Fails by a failed expectation. */
  readonly run: (tested: ForgeUnderTest) => Promise<void>
}

/** All cases of a table, with what all of them need. */
export function casesThatNeed(
  needs: readonly BooleanCapability[],
  cases: readonly Omit<ForgeCase, 'needs'>[],
): readonly ForgeCase[] {
  return cases.map((one) => ({ ...one, needs }))
}
