import { readdirSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** Of "niceness": enough that this thread is hardly ever kept from a processor by those that only work for it. */
const lower = 10
const lowest = 19

/**
 * Lets the main thread go first, where it calls this and there are fewer processors than threads: its workers, and what the
 * engine has for compiling and collecting, get a lower priority. Linux gives each thread one of its own; other systems
 * know only that of the process, which is left as it is.
 */
export function goFirst(): void {
  if (process.platform !== 'linux') {
    return
  }
  const priority = Math.min(getPriority() + lower, lowest)
  for (const thread of threadsOfLinux()) {
    if (thread !== process.pid) {
      lowerPriority(thread, priority)
    }
  }
}

/** Those that run now, by their numbers; the main one has that of the process. */
function threadsOfLinux(): readonly number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return []
  }
}

/** Nothing depends on it: the thread may have ended, or a sandbox may forbid it. */
function lowerPriority(thread: number, priority: number): void {
  try {
    setPriority(thread, priority)
  } catch {}
}
