interface Ending {
  /** Status, or the errno of a program that could not be started. */
  readonly code?: string | number | null | undefined
  readonly signal?: string | null | undefined
  /** We ended it, because it took too long. */
  readonly killed?: boolean | undefined
}

const longestLine = 200

/** What a program said last on standard error, as one plain line; empty where it said nothing. */
function lastLine(said: string): string {
  const lines = said.split(/[\r\n]+/).map((line) => line.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim())
  return lines.findLast((line) => line !== '') ?? ''
}

/**
 * Why a command that should have printed a secret gave none, for a person, with the last line of what it said on
 * standard error, unless it repeats there what it printed. Takes what `execFile` gives.
 */
export function commandFailure(
  { code, signal, killed = false }: Ending,
  printed: string,
  said: string,
  patienceMs: number,
): string {
  if (code === 'ENOENT') {
    return 'there is no such program'
  }
  if (code === 'EACCES') {
    return 'it may not be run'
  }
  const why =
    killed && typeof code !== 'string'
      ? `took longer than ${patienceMs / 1000} seconds`
      : `failed (${String(code ?? signal)})`
  const secrets = printed.split(/\s+/).filter((word) => word !== '')
  const line = lastLine(said)
  return line === '' || secrets.some((secret) => line.includes(secret))
    ? why
    : `${why}: ${line.slice(0, longestLine)}`
}
