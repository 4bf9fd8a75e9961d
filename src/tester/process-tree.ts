import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Carries a value that no other run has, so that whatever a test starts can be found again. */
export const markerVariable = 'PATCHFERRY_RUN'

export interface ProcessTree {
  readonly marker: string
  /** Leader of the process group; null when it is not known. */
  readonly pid: number | null
}

async function hasMarker(pid: number, marker: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1')
    return environment.split('\0').includes(`${markerVariable}=${marker}`)
  } catch {
    // It is gone, or another user's.
    return false
  }
}

/** Every process of this machine that has the marker in its environment; none where there is no /proc. */
export async function markedProcesses(marker: string): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const marked = await Promise.all(pids.map((pid) => hasMarker(pid, marker)))
  return pids.filter((_, index) => marked[index])
}

/** False when there is nobody to signal. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Asks these processes to end, or those groups where the number is negative. */
export function askToEnd(pids: readonly number[]): void {
  for (const pid of pids) {
    send(pid, 'SIGTERM')
  }
}

export function killGroup(pid: number): void {
  send(-pid, 'SIGKILL')
}

/**
 * Kills the group and everything that has the marker, again until nothing is left, because a process may have
 * forked between the look and the kill. Gives up after two seconds: what is stuck in the kernel then dies later.
 */
export async function killTree(tree: ProcessTree): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    if (tree.pid !== null) {
      killGroup(tree.pid)
    }
    const marked = await markedProcesses(tree.marker)
    if (marked.filter((pid) => send(pid, 'SIGKILL')).length === 0) {
      return
    }
    await delay(20)
  }
}
