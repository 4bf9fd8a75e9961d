import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { compiledProgram } from '../support/compiled-program.ts'

export interface Child {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  /** The next line it prints; null when it prints no more. */
  readonly line: () => Promise<string | null>
  /** Exit code or signal, once it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Runs a program of the folder `children` as a process of its own. */
export function runChild(program: string, ...args: readonly string[]): Child {
  const file = path.join(import.meta.dirname, 'children', `${program}.ts`)
  const child = spawn(process.execPath, [compiledProgram(file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: path.resolve(import.meta.dirname, '../..'),
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'close').then(
    ([code, signal]: readonly unknown[]) => (code ?? signal) as number | NodeJS.Signals,
  )
  return {
    process: child,
    async line() {
      const next = await lines.next()
      return next.done === true ? null : next.value
    },
    ended,
  }
}
