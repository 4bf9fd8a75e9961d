const minuteMs = 60_000

/** Shortest and longest time until the first look, where nothing hints at anything before. */
const firstAfterMs = { least: 2 * minuteMs, most: 30 * minuteMs }
const gapsMs = [5, 10, 20].map((minutes) => minutes * minuteMs)
/** After so long a wait nobody is in a hurry. */
const hurryForMs = 6 * 60 * minuteMs
const calmGapMs = 60 * minuteMs

export interface Awaited {
  /** Since when results are waited for. */
  readonly since: Date
  /** When they were last asked for; null before the first time. */
  readonly lookedAt: Date | null
  /** Something is known to have changed: worth a look from then on. */
  readonly dueAt: Date | null
  /** How long it usually takes; null where nobody knows. */
  readonly typicalMs: number | null
  /** Nothing is waited for any longer; null: for ever. */
  readonly until: Date | null
}

/**
 * When the checks of a commit are to be asked for next: when a hint says so, else at ever longer distances from the beginning, the
 * first when they are usually done, the last at the end of the wait. May lie in the past: then they are due.
 */
export function nextLook({ since, lookedAt, dueAt, typicalMs, until }: Awaited): Date {
  const next = dueAt?.getTime() ?? nextPoll(since.getTime(), lookedAt, typicalMs)
  return new Date(Math.min(next, until?.getTime() ?? next))
}

function nextPoll(since: number, lookedAt: Date | null, typicalMs: number | null): number {
  const { least, most } = firstAfterMs
  const after = lookedAt?.getTime() ?? since
  let poll = since + Math.min(Math.max(typicalMs ?? least, least), most)
  for (let count = 0; poll <= after; count += 1) {
    const isCalm = poll - since >= hurryForMs
    const gap = isCalm ? calmGapMs : (gapsMs[count] ?? gapsMs.at(-1) ?? calmGapMs)
    // A service that was off for a week need not count every look that it missed.
    poll = isCalm ? poll + gap * Math.max(1, Math.ceil((after - poll) / gap)) : poll + gap
  }
  return poll
}
