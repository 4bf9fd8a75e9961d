import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { testGitEnvironment } from '../../test/support/test-repo.ts'

const main = path.resolve(import.meta.dirname, '../../dist/main.js')

export interface CommandTimes {
  readonly series: number
  readonly oneMs: number
  readonly allMs: number
}

/**
 * `patchferry apply` (the built one) on the mails of one series, and of all of them at once, each in a repository of its own
 * below `folder` that borrows the objects of `source`. Throws when not all are applied.
 */
export function timeCommand(
  source: string,
  folder: string,
  series: readonly (readonly Uint8Array[])[],
): CommandTimes {
  const [first = []] = series
  return {
    series: series.length,
    oneMs: timed(source, path.join(folder, 'one'), [first]),
    allMs: timed(source, path.join(folder, 'all'), series),
  }
}

function timed(source: string, folder: string, series: readonly (readonly Uint8Array[])[]): number {
  const place = path.join(folder, 'borrowing.git')
  const mails = path.join(folder, 'mails')
  mkdirSync(mails, { recursive: true })
  for (const [number, each] of series.entries()) {
    for (const [index, mail] of each.entries()) {
      writeFileSync(path.join(mails, `${number}-${index}.eml`), mail)
    }
  }
  run('git', ['clone', '-q', '--bare', '--shared', source, place])
  const start = performance.now()
  const lines = run('node', [main, 'apply', '--json', '--repo', place, mails]).trim().split('\n')
  const spentMs = performance.now() - start
  if (lines.length !== series.length || lines.some((line) => !/"outcome":"applied"/.test(line))) {
    throw new Error(`${lines.length} of ${series.length} series were read, or not all applied`)
  }
  return spentMs
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    env: testGitEnvironment(),
    maxBuffer: 1024 ** 3,
  })
  if (status !== 0) {
    throw new Error(`${command} ${args[0]}: ${stderr.toString().slice(0, 2000)}`)
  }
  return stdout.toString()
}
