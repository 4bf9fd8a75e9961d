/** What the fake remembers. Repositories are `owner/name`. */

export interface FakeLabel {
  readonly id: number
  readonly name: string
  readonly color: string
  readonly description: string
}

export interface FakeComment {
  readonly id: number
  readonly login: string
  body: string
  readonly createdAt: Date
  updatedAt: Date
}

export interface FakeRemark {
  readonly id: number
  readonly login: string
  readonly body: string
  readonly path: string
  /** Negative on the old side, as the servers store it. */
  readonly line: number
  readonly extraLines: number
  readonly blamed: string
  readonly hunk: string
  readonly createdAt: Date
}

export interface FakeReview {
  readonly id: number
  readonly login: string
  state: 'APPROVED' | 'REQUEST_CHANGES' | 'COMMENT' | 'PENDING'
  body: string
  commit: string
  dismissed: boolean
  readonly remarks: FakeRemark[]
  submittedAt: Date
}

export interface FakePull {
  readonly number: number
  readonly id: number
  readonly poster: string
  title: string
  body: string
  state: 'open' | 'closed'
  merged: boolean
  readonly flow: 0 | 1
  /** Where the branch is; the repository itself for AGit. */
  readonly headRepository: string
  /** `<login>/<topic>` for AGit. */
  readonly headBranch: string
  base: string
  readonly labels: Set<number>
  readonly comments: FakeComment[]
  readonly reviews: FakeReview[]
  readonly createdAt: Date
  updatedAt: Date
}

export interface FakeStatus {
  readonly id: number
  readonly sha: string
  readonly context: string
  readonly status: string
  readonly description: string
  readonly targetUrl: string
  readonly login: string
  readonly at: Date
}

export interface FakeStep {
  readonly name: string
  readonly outcome: string
}

export type JobStatus =
  | 'waiting'
  | 'running'
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'skipped'
  | 'blocked'

export interface FakeJob {
  readonly id: number
  readonly name: string
  status: JobStatus
  attempt: number
  readonly steps: readonly FakeStep[]
  readonly log: string
}

export interface FakeRun {
  readonly id: number
  readonly index: number
  readonly sha: string
  readonly event: string
  readonly workflow: string
  needsApproval: boolean
  readonly jobs: FakeJob[]
  readonly at: Date
}

export interface FakeRepository {
  readonly id: number
  /** `owner/name`. */
  readonly name: string
  readonly parent: string | null
  archived: boolean
  hasActions: boolean
  readonly labels: FakeLabel[]
  readonly pulls: Map<number, FakePull>
  readonly statuses: FakeStatus[]
  readonly runs: FakeRun[]
}
