import { CommanderError } from 'commander'
import type { Terminal } from '../app/terminal.ts'
import { BotError } from '../core/bot-error.ts'
import { describeError } from './describe-error.ts'
import { exitCode, exitCodeOf } from './exit-code.ts'
import { buildProgram } from './program.ts'

/** An MTA bounces on anything but 0 and 75. */
function isPipe(args: readonly string[]): boolean {
  const words = args.filter((arg) => arg === '-' || !arg.startsWith('-'))
  return words[0] === 'import' && words.includes('-')
}

/** Runs one command line and returns the exit code of the process; nothing is thrown. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCode.done
  const program = buildProgram(terminal, (result) => {
    code = result
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      code = error.exitCode === 0 ? exitCode.done : exitCode.usage
    } else {
      terminal.stderr.write(describeError(error, terminal.env['PATCHFERRY_DEBUG'] !== undefined))
      code = exitCodeOf(error)
      if (error instanceof BotError && error.code === 'STORE_WORKER_RUNNING') {
        code = exitCode.later
      }
    }
  }
  return isPipe(args) && code !== exitCode.done ? exitCode.later : code
}
