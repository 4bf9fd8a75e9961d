import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const patienceMs = 120_000

/**
 * The compiled form of a source file of this repository, for `node` to start: from source each start would cost a second
 * more. The first who asks compiles everything, for all test files of this run.
 */
export function compiledProgram(source: string): string {
  const folder = inject('compiledFolder')
  compileOnce(folder)
  const { dir, name } = path.parse(path.relative(root, path.resolve(root, source)))
  return path.join(folder, dir, `${name}.js`)
}

function compileOnce(folder: string): void {
  const done = path.join(folder, 'done')
  if (existsSync(done)) {
    return
  }
  if (isFirst(path.join(folder, 'begun'))) {
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
    const args = ['-p', path.join(root, 'tsconfig.programs.json'), '--outDir', folder]
    execFileSync(process.execPath, [compiler, ...args], { stdio: 'inherit' })
    writeFileSync(done, '')
    return
  }
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; !existsSync(done); waitedMs += 50) {
    if (waitedMs > patienceMs) {
      throw new Error('another test file began to compile the programs, and did not end')
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
