import { compareText } from '../series/message-order.ts'
import type { Series } from '../series/series.ts'

/** Versions by number, never by date; then as they came. */
export function compareVersions(one: Series, other: Series): number {
  return (
    one.version - other.version ||
    one.minor - other.minor ||
    one.startedAt.getTime() - other.startedAt.getTime() ||
    compareText(one.anchor, other.anchor)
  )
}

/** Whether `one` is a later version than `other`; false for two of the same number. */
export function isLaterVersion(
  one: Pick<Series, 'version' | 'minor'>,
  other: Pick<Series, 'version' | 'minor'>,
): boolean {
  return one.version === other.version ? one.minor > other.minor : one.version > other.version
}
