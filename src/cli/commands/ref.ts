import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { toMessageId } from '../../core/ids.ts'
import { mailRef } from '../../core/ref-name.ts'
import { print, printJson } from '../terminal.ts'

/** `patchferry ref`: the git address of a mail. */
export function addRef(program: Command, terminal: Terminal): void {
  program
    .command('ref')
    .description('print the ref under which the commit of a mail is found on the mirror')
    .argument('<message-id...>', 'with or without angle brackets')
    .option('--json', 'one document per line')
    .addHelpText(
      'after',
      '\nExample:\n  git fetch MIRROR "$(patchferry ref 20260101.1@example.org)"',
    )
    .action((ids: readonly string[], options: { json?: true }) => {
      for (const id of ids) {
        const messageId = toMessageId(id)
        const ref = mailRef(messageId)
        if (options.json) {
          printJson(terminal, { messageId, ref })
        } else {
          print(terminal, ref)
        }
      }
    })
}
