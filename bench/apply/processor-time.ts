import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second: sysconf(_SC_CLK_TCK) of every Linux that Node runs on. */
const ticksPerSecond = 100

/**
 * Starts to count user and system time of this process, of its children that run and of those that ended, with theirs; the
 * function gives it in milliseconds (Linux). Exact but for children that ended, which the kernel counts in hundredths
 * of a second. What the counting itself takes is left out.
 */
export function countProcessorTime(): () => number {
  const childrenBefore = childrenMs()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 + childrenMs() - childrenBefore
  }
}

function childrenMs(): number {
  const running = childrenOf(process.pid).reduce((sum, pid) => sum + runMs(pid), 0)
  // proc(5): cutime and cstime.
  const ended = (fieldsOf(String(process.pid))?.slice(13, 15) ?? []).reduce((a, b) => a + b, 0)
  return running + (ended / ticksPerSecond) * 1000
}

/** Asked of the kernel: going through all processes would leave much for the measured work to clean up. */
function childrenOf(pid: number): readonly string[] {
  const children = readProc(`${pid}/task/${pid}/children`)
  if (children === null) {
    throw new Error('this kernel does not tell the children of a process (CONFIG_PROC_CHILDREN)')
  }
  return children.split(' ').filter((child) => child !== '')
}

/** What /proc/PID/stat says after the name in parentheses, which may hold anything: the first is the state. */
function fieldsOf(pid: string): readonly number[] | null {
  const text = readProc(`${pid}/stat`)
  return text === null
    ? null
    : text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number)
}

/** Time that all threads of a process ran, which `schedstat` counts in nanoseconds. */
function runMs(pid: string): number {
  const threads = readDir(`/proc/${pid}/task`).map((thread) =>
    readProc(`${pid}/task/${thread}/schedstat`),
  )
  return threads.reduce((sum, text) => sum + Number(text?.split(' ')[0] ?? 0) / 1e6, 0)
}

function readDir(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Null for a process that is gone. */
function readProc(name: string): string | null {
  try {
    return readFileSync(`/proc/${name}`, 'latin1')
  } catch {
    return null
  }
}
