import type { LoginThrottle } from './login-throttle.ts'
import type { OperatorAppOptions } from './operator-options.ts'
import type { Sessions } from './session.ts'
import type { Visitors } from './visitor.ts'

/** What the operator's routes work with. */
export interface Desk {
  readonly options: OperatorAppOptions
  readonly sessions: Sessions
  readonly visitors: Visitors
  readonly throttle: LoginThrottle
  /** Whether a Host header, or the host of an Origin, names us. */
  readonly answersFor: (host: string | undefined) => boolean
  /** Stops what requests have begun. */
  readonly signal: AbortSignal
}
