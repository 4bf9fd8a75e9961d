import { readdirSync, readFileSync } from 'node:fs'

/** Pids of processes of this machine whose command line holds `text`. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
      } catch {
        return false
      }
    })
}

/** Pids of the processes of a group that have not ended. */
export function processesOfGroup(group: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        // proc(5): state, parent and group follow the name, which is in parentheses.
        const [state = '', , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return Number(itsGroup) === group && !/[ZX]/.test(state)
      } catch {
        return false
      }
    })
}

let count = 0

/** A number of seconds to sleep that no other process on this machine sleeps: `900000.1234500012`. */
export function uniqueSleep(): string {
  count += 1
  return `900000.${process.pid}${String(count).padStart(5, '0')}`
}
