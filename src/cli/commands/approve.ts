import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { tellResult, versionArgument } from './acts.ts'
import { configOption, filledArgument } from './common.ts'

/** `patchferry approve`: releases a held series. */
export function addApprove(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('approve')
    .description('release a held version; the approval is pinned to its head')
    .argument('<topic>', 'topic id, or a Message-ID of the series', filledArgument)
    .argument('[version]', 'such as v2; the newest when left out', versionArgument)
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  patchferry approve 1a2b3c4d5e6f v2')
    .action(async (topic: string, version: string | undefined, options: { config: string }) => {
      const { approveTopic } = await import('../../app/act.ts')
      const result = await approveTopic(options.config, topic, version ?? null, terminal)
      tellResult(result, terminal, setExitCode)
    })
}
