/** `later`: try again; `after-human`: a person has to act first; `never`: this input cannot succeed. */
export type Retry = 'never' | 'later' | 'after-human'

export interface BotErrorOptions {
  readonly retry: Retry
  /** What to do about it, as a sentence for the operator; the catalogue's remedy when absent. */
  readonly remedy?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A fault with a stable code of the form `ROOM_WHAT`. Expected outcomes are return values, never this. */
export class BotError extends Error {
  readonly code: string
  readonly retry: Retry
  readonly remedy: string | null
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: BotErrorOptions) {
    super(message, { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.retry = options.retry
    this.remedy = options.remedy ?? null
    this.details = options.details ?? {}
  }
}
