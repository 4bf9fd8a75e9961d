/** By what the log of a check is found again. */
export interface LogPlace {
  /** A job of GitHub Actions has a log; a check run of another app has what the app wrote. */
  readonly kind: 'job' | 'check-run'
  /** Of the check run; a job has the same. */
  readonly id: number
  /** How many annotations it has. */
  readonly annotations: number
}

export function toLogId({ kind, id, annotations }: LogPlace): string {
  return `${kind}:${id}${annotations > 0 ? `:annotated-${annotations}` : ''}`
}

export function parseLogId(logId: string): LogPlace | null {
  const found = /^(?<kind>job|check-run):(?<id>\d+)(?::annotated-(?<count>\d+))?$/.exec(
    logId,
  )?.groups
  return found === undefined
    ? null
    : {
        kind: found['kind'] === 'job' ? 'job' : 'check-run',
        id: Number(found['id']),
        annotations: Number(found['count'] ?? 0),
      }
}
