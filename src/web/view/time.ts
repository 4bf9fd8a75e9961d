import { type Html, html } from './html.ts'

const units = [
  ['year', 365 * 24 * 3_600_000],
  ['month', 30 * 24 * 3_600_000],
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `3 hours`, `1 day`, `under a minute`. */
export function duration(ms: number): string {
  const unit = units.find(([, size]) => ms >= size)
  if (unit === undefined) {
    return 'under a minute'
  }
  const count = Math.floor(ms / unit[1])
  return `${count} ${unit[0]}${count === 1 ? '' : 's'}`
}

/** `2026-03-01 14:05 UTC`. */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** How long ago, with the moment itself as the title. */
export function ago(at: Date, now: Date): Html {
  const ms = now.getTime() - at.getTime()
  const text = ms < 60_000 ? 'just now' : `${duration(ms)} ago`
  return html`<time datetime="${at.toISOString()}" title="${utc(at)}">${text}</time>`
}

/** The moment itself. */
export function moment(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${utc(at)}</time>`
}
