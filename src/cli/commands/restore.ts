import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'

/** `patchferry restore DIR`. */
export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command('restore')
    .description('fill an empty state folder from a backup, checked; nothing is sent twice')
    .argument('<dir>', 'what `patchferry backup` wrote')
    .addOption(configOption())
    .addHelpText(
      'after',
      `
The mirror, and the forge, must answer. A restore that breaks off is run again. Reports that may have
been sent after the backup was made are looked for on the list, and wait for a person where they
are not found: patchferry outbox.

Example:
  patchferry restore /mnt/backup/patchferry && patchferry serve`,
    )
    .action(async (directory: string, options: { config: string }) => {
      const { restore } = await import('../../app/backup/restore.ts')
      const restored = await restore(options.config, directory, terminal)
      print(
        terminal,
        `restored from the backup of ${restored.madeAt.toISOString()}; the records beyond the store had ${restored.mails} mails, ${restored.decisions} decisions, ${restored.applications} published series`,
      )
      if (restored.foundAgain > 0) {
        print(terminal, `${restored.foundAgain} mails that sources had moved away were taken again`)
      }
      for (const { source, reason } of restored.unread) {
        print(
          terminal,
          `source ${source} could not be looked at for mail it had moved away: ${reason}`,
        )
      }
      print(
        terminal,
        'what may have been sent since then is not sent again unseen: `patchferry outbox` lists it as unknown',
      )
    })
}
