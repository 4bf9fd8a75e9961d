import { BotError } from '../core/bot-error.ts'
import { fullDiskRetryMs, isDiskFull } from '../flow/full-disk.ts'

const firstMs = 1000
const longestMs = 5 * 60_000
/** Where a person has to act, such as for a refused password: asking often may lock the account. */
const firstForHumanMs = 5 * 60_000
const longestForHumanMs = 60 * 60_000
/** The longest that chance makes of a pause. */
const mostScatter = 1.5

/**
 * How long to wait, in ms, before a source that failed `failures` times in a row is tried again: ever longer, and
 * scattered by up to half either way, so that many do not come back to one server at the same moment. A full disk is looked at
 * every half minute at least. `random` gives 0 to 1.
 */
export function sourceRetryMs(
  failures: number,
  error: unknown,
  random: () => number = Math.random,
): number {
  const isForHuman = error instanceof BotError && error.retry !== 'later' && !isDiskFull(error)
  const first = isForHuman ? firstForHumanMs : firstMs
  const longest = isForHuman
    ? longestForHumanMs
    : isDiskFull(error)
      ? fullDiskRetryMs / mostScatter
      : longestMs
  return Math.min(first * 2 ** (failures - 1), longest) * (0.5 + random())
}
