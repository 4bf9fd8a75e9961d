const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Reads `30s`, `10m`, `2h`, `1d` or `250ms` as milliseconds; null for anything else, a bare number included. */
export function parseDuration(text: string): number | null {
  const match = /^(?<count>\d{1,9})(?<unit>ms|s|m|h|d)$/.exec(text.trim())?.groups
  if (match === undefined) {
    return null
  }
  return Number(match['count']) * unitMs[match['unit'] as keyof typeof unitMs]
}

/** The shortest exact writing of whole milliseconds: 90000 is `90s`, 7200000 is `2h`. */
export function formatDuration(durationMs: number): string {
  const fitting = Object.entries(unitMs)
    .reverse()
    .find(([, ms]) => durationMs % ms === 0 && durationMs >= ms)
  return fitting === undefined ? '0s' : `${durationMs / fitting[1]}${fitting[0]}`
}
