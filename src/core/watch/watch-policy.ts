/** From where on a watched condition is bad. */
export interface WatchLimits {
  readonly dueJobMs: number
  readonly heldMailMs: number
  readonly delayedMailMs: number
  readonly sourceUnreadMs: number
  readonly mirrorAgeMs: number
  readonly freeDiskBytes: number
  readonly requestsLeft: number
}

/** What is watched, and who is told. */
export interface WatchPolicy {
  /** Null: nobody is written to. */
  readonly address: string | null
  readonly mailsPerDay: number
  /** How long a condition is bad before it is told. */
  readonly badForMs: number
  /** How long it is good again before that is told. */
  readonly goodForMs: number
  /** Conditions, or `conditionKey`s of single ones, that are neither shown nor told. */
  readonly ignored: readonly string[]
  readonly limits: WatchLimits
}
