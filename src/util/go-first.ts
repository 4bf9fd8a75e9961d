import { getPriority, setPriority } from 'node:os'

/** Of "niceness": enough that the main thread is never kept from a processor by one that only works for it. */
const lower = 10
const lowest = 19

/**
 * Lets the main thread go first where there are fewer processors than threads. For a worker, at its start: Linux gives each
 * thread a priority of its own; other systems know only that of the process, which is left as it is.
 */
export function stepBack(): void {
  if (process.platform === 'linux') {
    setPriority(0, Math.min(getPriority(0) + lower, lowest))
  }
}
