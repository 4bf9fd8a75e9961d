export interface TestRequest {
  /** A clean checkout that belongs to this run alone; the caller removes it. */
  readonly directory: string
  readonly argv: readonly string[]
  /** Added to the scrubbed environment: what is tested, never a secret. */
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

/** Output is decoded as UTF-8 and capped: the first and last parts, with a line that says what was cut. */
export type TestResult =
  | { readonly outcome: 'passed'; readonly output: string; readonly durationMs: number }
  | {
      readonly outcome: 'failed'
      /** Null when a signal ended it. */
      readonly exitCode: number | null
      readonly output: string
      readonly durationMs: number
    }
  | { readonly outcome: 'timed-out'; readonly output: string; readonly durationMs: number }
  /** The test could not be started: the reason for the operator. */
  | { readonly outcome: 'not-started'; readonly reason: string }

/** Runs a test script on an applied series. When `signal` aborts, all of it is killed and the promise rejects. */
export interface Tester {
  run(request: TestRequest, signal: AbortSignal): Promise<TestResult>
}
