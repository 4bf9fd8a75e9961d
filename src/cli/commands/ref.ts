import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { toMessageId } from '../../core/ids.ts'
import { mailRef } from '../../core/ref-name.ts'
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
      '\nExample:\n  git fetch MIRROR "$(patchferry ref 20260101.1@example.org)"',
    )
    .action(async (ids: readonly string[], options: { config: string; json?: true }) => {
      const { findRefs } = await import('../../app/find-refs.ts')
      const mails = ids.map(toMessageId)
      const refs = await findRefs(options.config, mails, terminal)
      for (const [index, messageId] of mails.entries()) {
        const ref = refs[index] ?? mailRef(messageId)
        if (options.json) {
          printJson(terminal, { messageId, ref })
        } else {
          print(terminal, ref)
        }
      }
    })
}
