/** A mail that could not be read. Its bytes are in the archive like all others. */
export interface Unreadable {
  readonly code: string
  readonly message: string
}
