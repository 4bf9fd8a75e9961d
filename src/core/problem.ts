/** Something a person may want to know about a mail or a series that was accepted all the same. */
export interface Problem {
  /** Stable, kebab-case: `number-above-total`, `message-id-reused`. */
  readonly code: string
  readonly message: string
}
