import { Argument, type Command } from 'commander'
import { previewMail, reportKinds } from '../../app/preview-mail.ts'
import type { Terminal } from '../../app/terminal.ts'
import { print, printJson } from '../terminal.ts'

type Kind = (typeof reportKinds)[number]

/** `patchferry mail`: the mails that are written. */
export function addMail(program: Command, terminal: Terminal): void {
  const mail = program
    .command('mail')
    .description('show the mails that reports are')
    .addHelpText('after', '\nExample:\n  patchferry mail preview failure')
  mail
    .command('preview')
    .description('print a made-up report of a kind as it would be sent, and send nothing')
    .addArgument(new Argument('<kind>', 'of report').choices(reportKinds))
    .option('--json', 'the mail as one document')
    .addHelpText('after', '\nExample:\n  patchferry mail preview failure')
    .action((kind: Kind, options: { json?: true }) => {
      const preview = previewMail(kind)
      if (options.json) {
        printJson(terminal, preview.mail)
      } else {
        print(terminal, preview.raw.trimEnd())
      }
    })
}
