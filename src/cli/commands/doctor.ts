import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { configOption } from './common.ts'

const marks = { ok: 'ok     ', warning: 'warning', wrong: 'WRONG  ' } as const

/** `patchferry doctor`: what is wrong, and what to do about it. */
export function addDoctor(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('check everything that can be wrong, in order, each line with what to do')
    .addOption(configOption())
    .option('--json', 'one document per check')
    .addHelpText('after', '\nExample:\n  patchferry doctor --config patchferry.yml')
    .action(async (options: { config: string; json?: true }) => {
      const { doctor } = await import('../../app/doctor.ts')
      for await (const finding of doctor(options.config, terminal)) {
        if (options.json) {
          printJson(terminal, finding)
        } else {
          print(terminal, plain(`${marks[finding.level]}  ${finding.check}: `) + finding.message)
          if (finding.remedy !== null) {
            print(terminal, `         ${finding.remedy.replaceAll('\n', '\n         ')}`)
          }
        }
        if (finding.level === 'wrong') {
          setExitCode(exitCode.no)
        }
      }
    })
}
