import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { tellResult } from './acts.ts'
import { configOption, filledArgument } from './common.ts'

/** `patchferry opt-out`: somebody wants no reports. */
export function addOptOut(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('opt-out')
    .description('write no more reports to an address')
    .argument('<address>', 'such as ada@example.org', filledArgument)
    .addOption(configOption())
    .option('--undo', 'reports may go there again')
    .addHelpText('after', '\nExample:\n  patchferry opt-out ada@example.org')
    .action(async (address: string, options: { config: string; undo?: true }) => {
      const { optOutAddress } = await import('../../app/act.ts')
      const word = options.undo === true ? 'opt-out-undone' : 'opt-out'
      const result = await optOutAddress(options.config, address, word, terminal)
      tellResult(result, terminal, setExitCode)
    })
}

/** `patchferry opt-in`: somebody asks for reports where the policy writes only to those who did. */
export function addOptIn(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('opt-in')
    .description('write reports to an address where people must ask for them')
    .argument('<address>', 'such as ada@example.org', filledArgument)
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  patchferry opt-in ada@example.org')
    .action(async (address: string, options: { config: string }) => {
      const { optOutAddress } = await import('../../app/act.ts')
      const result = await optOutAddress(options.config, address, 'opt-in', terminal)
      tellResult(result, terminal, setExitCode)
    })
}
