import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { toMessageId } from '../../core/ids.ts'
import { print, printJson } from '../terminal.ts'
import { configOption } from './common.ts'

/** `patchferry ref`: the git address of a mail. */
export function addRef(program: Command, terminal: Terminal): void {
  program
    .command('ref')
    .description('print the ref under which the commit of a mail is found on the mirror')
    .argument('<message-id...>', 'with or without angle brackets')
    .addOption(configOption())
    .option('--json', 'one document per line')
    .addHelpText(
      'after',
      `
Where old refs were folded (retention.mailRefs) it is the tag of the whole series; --json prints the commit of the mail too,
where it is known here.

Example:
  git fetch MIRROR "$(patchferry ref 20260101.1@example.org)"`,
    )
    .action(async (ids: readonly string[], options: { config: string; json?: true }) => {
      const { findRefs } = await import('../../app/find-refs.ts')
      const mails = ids.map(toMessageId)
      const refs = await findRefs(options.config, mails, terminal)
      for (const [index, { ref, commit }] of refs.entries()) {
        if (options.json) {
          const known = commit === null ? {} : { commit }
          printJson(terminal, { messageId: mails[index], ref, ...known })
        } else {
          print(terminal, ref)
        }
      }
    })
}
