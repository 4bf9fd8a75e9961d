import type { Account } from '../fake-forge/accounts.ts'

export interface Label {
  readonly id: number
  readonly name: string
  readonly color: string
}

export interface Repository {
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly fullName: string
  /** Where it was forked from. */
  readonly parent: string | null
  nextNumber: number
  readonly pulls: Map<number, Pull>
  /** By name in lower case: GitHub tells no difference. */
  readonly labels: Map<string, Label>
  readonly comments: IssueComment[]
  readonly reviews: Review[]
  readonly remarks: ReviewComment[]
  readonly statuses: CommitStatus[]
  readonly suites: CheckSuite[]
  readonly checkRuns: CheckRun[]
  readonly runs: WorkflowRun[]
}

export interface Pull {
  readonly id: number
  readonly number: number
  readonly author: Account
  title: string
  body: string | null
  isDraft: boolean
  state: 'open' | 'closed'
  mergedAt: string | null
  closedAt: string | null
  readonly createdAt: string
  updatedAt: string
  /** `owner/name`; null once that repository is gone. */
  readonly headRepository: string
  readonly headBranch: string
  /** As it was when the pull request was last open. */
  headSha: string
  baseBranch: string
  baseSha: string
  labels: Label[]
}

export interface IssueComment {
  readonly id: number
  readonly number: number
  readonly author: Account
  body: string
  readonly createdAt: string
  updatedAt: string
}

export interface Review {
  readonly id: number
  readonly number: number
  readonly author: Account
  state: 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED'
  body: string
  readonly commit: string
  submittedAt: string | null
}

export type Side = 'LEFT' | 'RIGHT'

export interface ReviewComment {
  readonly id: number
  readonly number: number
  readonly reviewId: number
  readonly author: Account
  body: string
  readonly path: string
  /** Null for a remark on a whole file. */
  readonly line: number | null
  readonly startLine: number | null
  readonly side: Side
  readonly startSide: Side | null
  readonly commit: string
  readonly diffHunk: string
  readonly position: number | null
  /** The first remark of the thread. */
  readonly inReplyTo: number | null
  readonly createdAt: string
  updatedAt: string
}

export interface CommitStatus {
  readonly id: number
  readonly sha: string
  readonly state: string
  readonly context: string
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creator: Account
  readonly createdAt: string
}

export interface CheckSuite {
  readonly id: number
  readonly sha: string
  readonly app: AppIdentity
  readonly headBranch: string | null
  status: string
  conclusion: string | null
  readonly createdAt: string
  updatedAt: string
}

export interface AppIdentity {
  readonly id: number
  readonly slug: string
  readonly name: string
}

export interface Annotation {
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly level: 'notice' | 'warning' | 'failure'
  readonly title: string | null
  readonly message: string
}

export interface CheckRun {
  readonly id: number
  readonly suite: CheckSuite
  readonly name: string
  readonly sha: string
  status: string
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  detailsUrl: string
  title: string | null
  summary: string | null
  annotations: Annotation[]
}

export interface JobStep {
  readonly name: string
  readonly number: number
  status: string
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
}

export interface WorkflowJob {
  /** Also the id of its check run. */
  readonly id: number
  readonly checkRun: CheckRun
  readonly name: string
  readonly attempt: number
  steps: JobStep[]
  log: string | null
}

export interface WorkflowRun {
  readonly id: number
  readonly suite: CheckSuite
  readonly workflowName: string
  readonly workflowId: number
  readonly runNumber: number
  readonly sha: string
  readonly headBranch: string
  readonly headRepository: string
  readonly event: string
  /** The jobs that it will have once somebody approved it. */
  readonly planned: readonly string[]
  attempt: number
  status: string
  conclusion: string | null
  readonly createdAt: string
  updatedAt: string
  /** Of all attempts, oldest first. */
  readonly jobs: WorkflowJob[]
}
