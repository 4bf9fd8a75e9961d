import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { configOption } from './common.ts'

/** `patchferry serve`: the service, until it is told to stop. */
export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('run continuously: follow the sources, test, report; two web servers')
    .addOption(configOption())
    .addHelpText(
      'after',
      `
SIGTERM or Ctrl-C finishes what is begun and ends; a second one stops at once.
SIGHUP reads the configuration again; the log says what needs a restart.
One worker runs per store; a second says so and exits 75.

Example:
  patchferry serve --config /etc/patchferry/patchferry.yml`,
    )
    .action(async (options: { config: string }) => {
      const { serve } = await import('../../app/run-service.ts')
      await serve(options.config, terminal)
    })
}
