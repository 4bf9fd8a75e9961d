/** What a head's checks were when they had ended. */
export interface PastHead {
  /** Contexts that reported on the forge, whatever they said. */
  readonly contexts: readonly string[]
  /** From publishing to the last result; null where not all came. */
  readonly tookMs: number | null
}

export interface LearnedChecks {
  /** Contexts that reported on nearly all of the last heads. */
  readonly expected: readonly string[]
  /** Half of the heads took no longer; null where too few are known. */
  readonly typicalMs: number | null
  /** How long is long enough to wait; null where too few are known. */
  readonly deadlineMs: number | null
}

/** Heads that say what is expected: few, so that a workflow that was renamed is soon forgotten. */
const lastHeads = 10
const fewestHeads = 3
const nearlyAll = 0.8

/** How many heads are remembered, for durations. */
export const rememberedHeads = 50
const fewestDurations = 5
const slowest = 0.95
const slack = 3
const shortestDeadlineMs = 30 * 60_000

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0
}

/** Learns from the last heads of a project, newest first, what its forge will report, and how long that takes. */
export function learnChecks(past: readonly PastHead[]): LearnedChecks {
  const last = past.slice(0, lastHeads)
  const counts = new Map<string, number>()
  for (const context of last.flatMap(({ contexts }) => [...new Set(contexts)])) {
    counts.set(context, (counts.get(context) ?? 0) + 1)
  }
  const durations = past
    .slice(0, rememberedHeads)
    .flatMap(({ tookMs }) => tookMs ?? [])
    .sort((a, b) => a - b)
  const knowsDurations = durations.length >= fewestDurations
  return {
    expected:
      last.length < fewestHeads
        ? []
        : [...counts]
            .filter(([, count]) => count >= last.length * nearlyAll)
            .map(([context]) => context)
            .sort(),
    typicalMs: knowsDurations ? quantile(durations, 0.5) : null,
    deadlineMs: knowsDurations
      ? Math.max(shortestDeadlineMs, slack * quantile(durations, slowest))
      : null,
  }
}
