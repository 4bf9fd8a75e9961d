import { type Command, InvalidArgumentError } from 'commander'
import { type ImportProgress, importMails, importPipe } from '../../app/import-mails.ts'
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

const progressEveryMs = 10_000

/** One line that changes where a person looks; elsewhere a line now and then. */
function importProgress(terminal: Terminal, startedAt: number): (progress: ImportProgress) => void {
  let saidAt = startedAt
  return ({ mails, stored }) => {
    const now = performance.now()
    if (!terminal.isInteractive && now - saidAt < progressEveryMs) {
      return
    }
    saidAt = now
    const rate = Math.round((mails * 1000) / Math.max(1, now - startedAt))
    const text = `${mails} mails read, ${stored} taken, ${rate} a second`
    terminal.stderr.write(terminal.isInteractive ? `\r${text}` : `patchferry: ${text}\n`)
  }
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
After a kill the same command goes on where it ended; nothing is taken twice.

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
        const result = await importMails(
          options.config,
          paths,
          options.since ?? null,
          terminal,
          importProgress(terminal, performance.now()),
        )
        if (terminal.isInteractive) {
          terminal.stderr.write('\n')
        }
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
        if (result.wasStopped) {
          terminal.stderr.write('patchferry: stopped\n')
          setExitCode(exitCode.later)
        }
      },
    )
}
