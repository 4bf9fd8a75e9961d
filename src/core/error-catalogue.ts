/** One entry of a room's `*-error.ts`: what `docs/errors.md` and the command line say of a code. */
export interface ErrorEntry {
  /** What happened, in one sentence. */
  readonly meaning: string
  /** What the operator does about it, in one or two sentences. */
  readonly remedy: string
}

/** Keyed by the stable code, `ROOM_WHAT`. */
export type ErrorCatalogue = Readonly<Record<string, ErrorEntry>>
