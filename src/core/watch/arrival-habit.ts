/** Arrivals of one source, as the store remembers them. */
export interface Arrivals {
  /** Numbers of the half hours since the epoch in which mail came, within `habitMs` before `lastAt`; ascending. */
  readonly slots: readonly number[]
  readonly lastAt: Date
}

export const slotMs = 30 * 60_000
/** How far back a habit is learned. */
export const habitMs = 12 * 7 * 86_400_000

const hourMs = 3_600_000
const weekMs = 7 * 86_400_000
const hoursOfWeek = 168

const leastSlots = 6
const leastSpanMs = 2 * weekMs
/** By chance alone eight arrivals are missing once in three thousand pauses; those that come in bursts, more often. */
const missingArrivals = 8
const longestLookMs = 52 * weekMs

export function slotOf(at: Date): number {
  return Math.floor(at.getTime() / slotMs)
}

function hourOfWeek(ms: number): number {
  return Math.floor((((ms % weekMs) + weekMs) % weekMs) / hourMs)
}

/** Arrivals that each hour of the week brings, smoothed by its neighbours. */
function ratesOf(slots: readonly number[], spanMs: number): readonly number[] {
  const counts = Array.from({ length: hoursOfWeek }, () => 0)
  for (const slot of slots) {
    const hour = hourOfWeek(slot * slotMs)
    counts[hour] = (counts[hour] ?? 0) + 1
  }
  const weeks = spanMs / weekMs
  return counts.map((_, hour) => {
    const near = [hour - 1, hour, hour + 1].map(
      (one) => counts[(one + hoursOfWeek) % hoursOfWeek] ?? 0,
    )
    return near.reduce((sum, one) => sum + one, 0) / 3 / weeks
  })
}

/** All but the longest: that may have been an outage. */
function usualLongestPauseMs(slots: readonly number[]): number {
  const pauses = slots.slice(1).map((slot, index) => slot - (slots[index] ?? slot))
  return (pauses.toSorted((a, b) => b - a)[1] ?? 0) * slotMs
}

/**
 * How long after its last mail the silence of a source is suspicious: eight arrivals are missing then by what each hour of the
 * week usually brings, so that nights and weekends count for what they are, and it is half as long again as the
 * longest pause but one. Mails of one half hour are one arrival, since patches come in bursts. Null until two weeks and
 * six arrivals are known.
 */
export function silenceLimitMs({ slots, lastAt }: Arrivals): number | null {
  const [first = 0] = slots
  const spanMs = ((slots.at(-1) ?? 0) - first) * slotMs
  if (slots.length < leastSlots || spanMs < leastSpanMs) {
    return null
  }
  const rates = ratesOf(slots, spanMs)
  let missing = 0
  let waitMs = 0
  while (missing < missingArrivals && waitMs < longestLookMs) {
    missing += rates[hourOfWeek(lastAt.getTime() + waitMs)] ?? 0
    waitMs += hourMs
  }
  return Math.max(waitMs, 1.5 * usualLongestPauseMs(slots))
}
