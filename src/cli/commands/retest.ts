import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { tellResult, versionArgument } from './acts.ts'
import { configOption, filledArgument } from './common.ts'

/** `patchferry retest`: tests again, or tries again what did not apply. */
export function addRetest(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('retest')
    .description('test a version again; one that did not apply is tried again')
    .argument('<topic>', 'topic id, or a Message-ID of the series', filledArgument)
    .argument('[version]', 'such as v2; the newest when left out', versionArgument)
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  patchferry retest 1a2b3c4d5e6f')
    .action(async (topic: string, version: string | undefined, options: { config: string }) => {
      const { retestTopic } = await import('../../app/act.ts')
      const result = await retestTopic(options.config, topic, version ?? null, terminal)
      tellResult(result, terminal, setExitCode)
    })
}
