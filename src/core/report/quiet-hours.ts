import { localTime, nextLocalTime } from './local-time.ts'

/** When no mail leaves. Times of day are minutes after midnight of the time zone. */
export interface QuietHours {
  readonly from: number
  /** Before `from` where the night lies between; equal to it: no hours, at most weekends. */
  readonly to: number
  /** Saturdays and Sundays are quiet as a whole. */
  readonly weekends: boolean
  /** Name of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone: string
}

const monday = 1

function isQuietAt(at: Date, { from, to, weekends, timeZone }: QuietHours): boolean {
  const { minutes, weekday } = localTime(at, timeZone)
  const isNight = from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to
  return isNight || (weekends && (weekday === 0 || weekday === 6))
}

/** When the quiet time ends in which `at` lies; null where it lies in none. */
export function quietUntil(at: Date, quiet: QuietHours | null): Date | null {
  if (quiet === null || !isQuietAt(at, quiet)) {
    return null
  }
  let end = at
  // A night may end in a weekend, and a weekend at midnight in a night: a few steps lead out of both.
  for (let step = 0; step < 4 && isQuietAt(end, quiet); step += 1) {
    const { weekday } = localTime(end, quiet.timeZone)
    const isWeekend = quiet.weekends && (weekday === 0 || weekday === 6)
    end = isWeekend
      ? nextLocalTime(end, { minutes: 0, weekday: monday }, quiet.timeZone)
      : nextLocalTime(end, { minutes: quiet.to, weekday: null }, quiet.timeZone)
  }
  return end
}
