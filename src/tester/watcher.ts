import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { markerVariable } from './process-tree.ts'
import { engineEnvironment } from './run-cleanup.ts'

/**
 * Runs in a process of its own. Its standard input ends when the service dies, however it dies; then it kills the
 * process group whose number it was sent, runs the cleanup, and kills what has the marker. Self-contained, so that
 * it runs alike from source and from the built package.
 */
const program = `
const { readdirSync, readFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const [entry, cleanup] = process.argv.slice(1)
let group = 0
function kill(pid) { try { return process.kill(pid, 'SIGKILL') } catch { return false } }
function isMarked(pid) {
  try { return readFileSync('/proc/' + pid + '/environ', 'latin1').split('\\0').includes(entry) } catch { return false }
}
function processes() { try { return readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map(Number) } catch { return [] } }
process.stdin.on('data', (text) => { group = Number(text) })
process.stdin.on('close', () => {
  if (group > 0) kill(-group)
  const [command, ...args] = JSON.parse(cleanup) ?? []
  if (command !== undefined) spawnSync(command, args, { timeout: 60000 })
  for (let round = 0; round < 1000; round += 1) {
    if (processes().filter(isMarked).filter(kill).length === 0) break
  }
})
`

export interface Watcher {
  /** From now on the process group of `pid` belongs to the run. */
  watch(pid: number): void
  stop(): Promise<void>
}

/** Starts a process that ends a run when this process dies before it has called `stop`. */
export async function startWatcher(
  marker: string,
  cleanup: readonly string[] | null,
): Promise<Watcher> {
  const entry = `${markerVariable}=${marker}`
  const child = spawn(process.execPath, ['-e', program, '--', entry, JSON.stringify(cleanup)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: engineEnvironment(),
  })
  await once(child, 'spawn')
  const exited = once(child, 'exit')
  // It may be gone already when the run ends.
  child.stdin.on('error', () => undefined)
  return {
    watch: (pid) => {
      child.stdin.write(String(pid))
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
