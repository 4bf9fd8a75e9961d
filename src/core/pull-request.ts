import type { RefName, Sha } from './ids.ts'

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'closed' | 'merged'
  readonly draft: boolean
  readonly title: string
  readonly headRef: RefName
  readonly headSha: Sha
  readonly baseRef: RefName
}
