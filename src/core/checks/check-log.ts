/** One step of a CI job. */
export interface CheckStep {
  readonly name: string
  readonly outcome: 'success' | 'failure' | 'cancelled' | 'skipped' | 'running' | 'unknown'
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** What a check says of one place in the sources. */
export interface CheckAnnotation {
  readonly level: 'failure' | 'warning' | 'notice'
  /** Null where it is about no file. */
  readonly path: string | null
  readonly line: number | null
  readonly message: string
}

/** Everything that a forge tells of why a check is red, before any of it is chosen. */
export interface CheckLog {
  /** Of the job, first to last; empty where the forge knows no steps. */
  readonly steps: readonly CheckStep[]
  readonly annotations: readonly CheckAnnotation[]
  /** As the forge gives it, with its timestamps and markers; null where there is none, or none any more. */
  readonly text: string | null
  /** Where `text` is not whole: its end is there, its beginning is not. */
  readonly isCut: boolean
}
