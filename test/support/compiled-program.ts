import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const patienceMs = 120_000

/**
 * The compiled form of a program of this repository (`bundle-programs.ts` lists them), for `node` to start: from source each
 * start would cost a second more. The first who asks compiles everything, for all test files of this run.
 */
export function compiledProgram(source: string): string {
  const folder = inject('compiledFolder')
  compileOnce(folder)
  const { dir, name } = path.parse(path.relative(root, path.resolve(root, source)))
  return path.join(folder, dir, `${name}.js`)
}

function compileOnce(folder: string): void {
  const done = path.join(folder, 'done')
  const failed = path.join(folder, 'failed')
  if (isFirst(path.join(folder, 'begun'))) {
    const bundler = path.join(import.meta.dirname, 'bundle-programs.ts')
    const args = ['--import', 'tsx', bundler, folder]
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
    writeFileSync(status === 0 ? done : failed, '')
  }
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; !existsSync(done); waitedMs += 50) {
    if (existsSync(failed) || waitedMs > patienceMs) {
      throw new Error(
        'the programs that tests start could not be compiled: the first test file to ask says why',
      )
    }
    Atomics.wait(pause, 0, 0, 50)
  }
}

function isFirst(mark: string): boolean {
  try {
    mkdirSync(mark)
    return true
  } catch {
    return false
  }
}
