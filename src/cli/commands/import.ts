import { type Command, InvalidArgumentError } from 'commander'
import { importMails, importPipe } from '../../app/import-mails.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'

function toDate(text: string): Date {
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
  if (Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Write a date such as 2026-01-31.')
  }
  return date
}

/** `patchferry import`: one mail from a pipe, or whole archives. */
export function addImport(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('import')
    .description('take one mail from a pipe (-), or whole archives, silently')
    .argument(
      '<path...>',
      '- for one mail on standard input; else mbox, Maildir, .eml, folders, .gz',
    )
    .addOption(configOption())
    .option('--source <name>', 'name of the source the mail is stored under', 'stdin')
    .option(
      '--since <date>',
      'treat series that began on this day or later as new: test and report them',
      toDate,
    )
    .addHelpText(
      'after',
      `
With -, the mail is durable before the exit code is 0; every other outcome is 75, so that an MTA
keeps the mail and tries again. It may run beside the service.
Archives are imported silently: known, shown, linked, but neither tested nor reported.

Examples:
  procmail:  :0 c
             | patchferry import - --config /etc/patchferry/patchferry.yml
  archives:  patchferry import old.mbox.gz --since 2026-01-01`,
    )
    .action(
      async (
        paths: readonly string[],
        options: { config: string; source: string; since?: Date },
      ) => {
        if (paths.includes('-')) {
          await importPipe(options.config, options.source, terminal)
          return
        }
        const result = await importMails(options.config, paths, options.since ?? null, terminal)
        print(
          terminal,
          `${result.stored} mails taken, ${result.known} known before, ${result.quarantined} quarantined`,
        )
        for (const { location, reason } of result.unreadable) {
          terminal.stderr.write(`patchferry: left out ${plain(`${location}: ${reason}`)}\n`)
        }
        if (result.unreadable.length > 0) {
          setExitCode(exitCode.no)
        }
      },
    )
}
