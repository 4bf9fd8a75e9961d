import { CommanderError } from 'commander'
import { toFileSystemError } from '../app/file-system-error.ts'
import type { Terminal } from '../app/terminal.ts'
import { describeError } from './describe-error.ts'
import { exitCode, exitCodeOf } from './exit-code.ts'
import { isPipe } from './pipe.ts'
import { buildProgram } from './program.ts'

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** Runs one command line and returns the exit code of the process; nothing is thrown. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCode.done
  const program = buildProgram(terminal, (result) => {
    code = result
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (thrown) {
    const error = toFileSystemError(thrown)
    if (error instanceof CommanderError) {
      code = error.exitCode === 0 && !isPipe(args) ? exitCode.done : exitCode.usage
    } else if (isAbort(error) && terminal.draining.aborted) {
      terminal.stderr.write('patchferry: stopped\n')
      code = exitCode.later
    } else {
      terminal.stderr.write(describeError(error, terminal.env['PATCHFERRY_DEBUG'] !== undefined))
      code = exitCodeOf(error)
    }
  }
  return isPipe(args) && code !== exitCode.done ? exitCode.later : code
}
