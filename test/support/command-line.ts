import { buildProgram } from '../../src/cli/program.ts'
import { silentTerminal } from './run-patchferry.ts'

export interface CommandForm {
  readonly name: string
  readonly description: string
  /** As they are written, `--json` and `-c`. */
  readonly options: readonly string[]
}

/** Commands and options as the program itself knows them. */
export function commandLine(): {
  readonly commands: readonly CommandForm[]
  /** Those of `patchferry` itself. */
  readonly options: readonly string[]
} {
  const program = buildProgram(silentTerminal(), () => undefined)
  return {
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: [
        '--help',
        '-h',
        ...[command, ...command.commands].flatMap(({ options }) =>
          options.flatMap(({ long, short }) => [long, short]),
        ),
      ].filter((option) => typeof option === 'string'),
    })),
    options: ['--help', '-h', '--version', '-V'],
  }
}
