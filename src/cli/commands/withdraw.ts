import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { tellResult } from './acts.ts'
import { configOption, filledArgument, reasonOption } from './common.ts'

/** `patchferry withdraw`: a topic is worked on no more. */
export function addWithdraw(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('withdraw')
    .description('stop working on the versions of a topic that are there; a newer one begins anew')
    .argument('<topic>', 'topic id, or a Message-ID of the series', filledArgument)
    .addOption(configOption())
    .addOption(reasonOption())
    .addHelpText(
      'after',
      '\nExample:\n  patchferry withdraw 1a2b3c4d5e6f --reason "superseded by another fix"',
    )
    .action(async (topic: string, options: { config: string; reason: string }) => {
      const { withdrawTopic } = await import('../../app/act.ts')
      const result = await withdrawTopic(options.config, topic, options.reason, terminal)
      tellResult(result, terminal, setExitCode)
    })
}
