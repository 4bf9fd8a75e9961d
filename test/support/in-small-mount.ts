import { spawnSync } from 'node:child_process'
import { compiledProgram } from './compiled-program.ts'

/**
 * Null when this machine lets us mount a file system of our own (unprivileged user and mount namespaces, Linux);
 * else the reason why not.
 */
export const noMountReason: string | null = (() => {
  const probe = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'])
  return probe.status === 0 ? null : 'unshare with mount namespaces is not available here'
})()

export interface SmallMount {
  /** An existing empty folder that the script alone sees mounted. */
  readonly folder: string
  readonly sizeBytes: number
}

/**
 * Runs a program of the tests in a process that sees a tmpfs of `sizeBytes` at `folder`, its first argument, and
 * gives what it printed. It may run `mount -o remount,ro FOLDER`. Throws when it fails.
 */
export function runInSmallMount(script: string, { folder, sizeBytes }: SmallMount): string {
  const command = `mount -t tmpfs -o size=${sizeBytes} tmpfs "$1" && exec "$2" "$3" "$1"`
  const result = spawnSync(
    'unshare',
    ['-Urm', 'sh', '-c', command, 'sh', folder, process.execPath, compiledProgram(script)],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' }, timeout: 100_000 },
  )
  if (result.status !== 0) {
    throw new Error(`${script} failed: ${result.stderr}`)
  }
  return result.stdout
}
