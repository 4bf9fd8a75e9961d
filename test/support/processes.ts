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

let count = 0

/** A number of seconds to sleep that no other process on this machine sleeps: `900000.1234500012`. */
export function uniqueSleep(): string {
  count += 1
  return `900000.${process.pid}${String(count).padStart(5, '0')}`
}
