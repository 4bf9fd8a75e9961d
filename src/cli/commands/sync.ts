import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { configOption, durationArgument } from './common.ts'

/** `patchferry sync`: one pass, for cron. */
export function addSync(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('sync')
    .description('one pass for cron: read the sources, do every due job, tests included, and end')
    .addOption(configOption())
    .option('--max-time <duration>', 'stop after this long, exit 75', durationArgument)
    .addHelpText('after', '\nExample:\n  patchferry sync --max-time 50m')
    .action(async (options: { config: string; maxTime?: number }) => {
      const { sync } = await import('../../app/run-service.ts')
      const outcome = await sync(options.config, options.maxTime ?? null, terminal)
      if (outcome === 'cut-short') {
        setExitCode(exitCode.later)
      }
    })
}
