import type { Readable, Writable } from 'node:stream'

/** The world as a command sees it: handed in, so that tests can be one. */
export interface Terminal {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Whether a person looks at stdout. */
  readonly isInteractive: boolean
  /** First SIGINT or SIGTERM: finish what is begun. */
  readonly draining: AbortSignal
  /** The second one: stop at once. */
  readonly stopping: AbortSignal
  /** Calls `listener` at each SIGHUP until the returned function is called; before and after that it ends the process. */
  onHangup(listener: () => void): () => void
}
