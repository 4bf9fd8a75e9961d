import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'

/** `patchferry backup DIR`. */
export function addBackup(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .description('copy store, archive and journal to a folder, beside a running service')
    .argument('<dir>', 'a folder on another disk; each time the same, which adds what is new')
    .addOption(configOption())
    .addHelpText(
      'after',
      `
Not copied: the configuration, secrets, return-path.key, and what the mirror has. A backup that breaks
off leaves the one before it whole.

Example:
  patchferry backup /mnt/backup/patchferry`,
    )
    .action(async (directory: string, options: { config: string }) => {
      const { backUp } = await import('../../app/backup/back-up.ts')
      const { madeAt, store, archive } = await backUp(options.config, directory, terminal)
      const epochs = `${archive.length} ${archive.length === 1 ? 'epoch' : 'epochs'}`
      print(
        terminal,
        `${madeAt.toISOString()}: store (${Math.ceil(store.bytes / 1024 ** 2)} MiB), archive (${epochs}) and journal are in ${directory}`,
      )
      print(
        terminal,
        'not copied: the configuration, secrets, return-path.key, and what the mirror has',
      )
    })
}
