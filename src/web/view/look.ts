import type { Session } from '../operator/session.ts'

/** What every view is told about the request. */
export interface Look {
  readonly now: Date
  /** Null for somebody who only looks. */
  readonly session: Session | null
  /** Path and query of the page, where a login leads back to. */
  readonly path: string
}
