/** By what the log of a check is found again. */
export interface LogPlace {
  /** A job of GitHub Actions has a log; a check run of another app has what the app wrote. */
  readonly kind: 'job' | 'check-run'
  /** Of the check run; a job has the same. */
  readonly id: number
  /** Saves the question where there are none. */
  readonly hasAnnotations: boolean
}

export function toLogId({ kind, id, hasAnnotations }: LogPlace): string {
  return `${kind}:${id}${hasAnnotations ? ':annotated' : ''}`
}

export function parseLogId(logId: string): LogPlace | null {
  const found = /^(?<kind>job|check-run):(?<id>\d+)(?<annotated>:annotated)?$/.exec(logId)?.groups
  return found === undefined
    ? null
    : {
        kind: found['kind'] === 'job' ? 'job' : 'check-run',
        id: Number(found['id']),
        hasAnnotations: found['annotated'] !== undefined,
      }
}
