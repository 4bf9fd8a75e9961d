/** What clocks on the wall show. */
export interface LocalTime {
  /** `2026-11-21`. */
  readonly day: string
  /** 0 is Sunday. */
  readonly weekday: number
  /** After midnight. */
  readonly minutes: number
}

const dayMs = 86_400_000
const minuteMs = 60_000

/** The wall clock as if it stood in UTC: its difference from `at` is the offset of the zone. */
function wallMs(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  function value(type: Intl.DateTimeFormatPartTypes): number {
    return Number(parts.find((part) => part.type === type)?.value ?? 0)
  }
  return Date.UTC(
    value('year'),
    value('month') - 1,
    value('day'),
    value('hour'),
    value('minute'),
    value('second'),
  )
}

/** `timeZone` is a name of the IANA database. Throws RangeError for one that is not there. */
export function localTime(at: Date, timeZone: string): LocalTime {
  const wall = new Date(wallMs(at, timeZone))
  return {
    day: wall.toISOString().slice(0, 10),
    weekday: wall.getUTCDay(),
    minutes: wall.getUTCHours() * 60 + wall.getUTCMinutes(),
  }
}

/** The moment the wall clock shows `wall`; in the hour that is left out in spring, as much later. */
function fromWall(wall: number, timeZone: string): number {
  const first = wall - (wallMs(new Date(wall), timeZone) - wall)
  const second = wall - (wallMs(new Date(first), timeZone) - first)
  return wallMs(new Date(second), timeZone) === wall ? second : Math.max(first, second)
}

/** The first moment after `after` at which clocks show this time of day, on this weekday (0 is Sunday; null: any). */
export function nextLocalTime(
  after: Date,
  time: { readonly minutes: number; readonly weekday: number | null },
  timeZone: string,
): Date {
  const today = Math.floor(wallMs(after, timeZone) / dayMs) * dayMs
  for (let days = 0; ; days += 1) {
    const midnight = today + days * dayMs
    const fits = time.weekday === null || new Date(midnight).getUTCDay() === time.weekday
    const found = fits ? fromWall(midnight + time.minutes * minuteMs, timeZone) : 0
    if (found > after.getTime()) {
      return new Date(found)
    }
  }
}
