import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second: sysconf(_SC_CLK_TCK) of every Linux that Node runs on. */
const ticksPerSecond = 100

/** User and system time of this process, of its children that ended and of those that run, in milliseconds (Linux). */
export function processorTimeMs(): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((stat) => stat !== null && stat.parent === process.pid)
  const own = statOf(String(process.pid))
  const ticks = [own, ...children].reduce((sum, stat) => sum + (stat?.ticks ?? 0), 0)
  return (ticks / ticksPerSecond) * 1000
}

function statOf(pid: string): { readonly parent: number; readonly ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // proc(5): the name in parentheses may hold anything; the parent is the 2nd field behind it, utime to cstime 12 to 15.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
    return { parent: fields[1] ?? 0, ticks }
  } catch {
    return null
  }
}
