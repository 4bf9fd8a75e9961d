import { type Command, InvalidArgumentError } from 'commander'
import type { ImportCounts } from '../../app/import/import-mails.ts'
import type { Terminal } from '../../app/terminal.ts'
import { BotError } from '../../core/bot-error.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { configOption } from './common.ts'

function toDate(text: string): Date {
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
  if (Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Write a date such as 2026-01-31.')
  }
  return date
}

interface ImportOptions {
  readonly config: string
  readonly source: string
  readonly since?: Date
  readonly json?: true
  readonly quiet?: true
}

/** What an import came to, for people; what was left out in either case. */
function tellResult(
  result: ImportCounts,
  { json, quiet }: ImportOptions,
  terminal: Terminal,
): void {
  const { stored, known, quarantined, unreadable, wasStopped } = result
  if (json === true) {
    printJson(terminal, { stored, known, quarantined, unreadable, stopped: wasStopped })
    return
  }
  if (quiet !== true) {
    const taken = `${stored} ${stored === 1 ? 'mail' : 'mails'} taken`
    print(terminal, `${taken}, ${known} known before, ${quarantined} quarantined`)
  }
  for (const { location, reason } of unreadable) {
    terminal.stderr.write(`patchferry: left out ${plain(`${location}: ${reason}`)}\n`)
  }
  if (wasStopped) {
    terminal.stderr.write('patchferry: stopped\n')
  }
}

async function importPaths(
  paths: readonly string[],
  options: ImportOptions,
  terminal: Terminal,
): Promise<ImportCounts> {
  const { importProgress } = await import('../import-progress.ts')
  const { importMails, importSize } = await import('../../app/import/import-mails.ts')
  const progress = importProgress(
    terminal,
    importSize(paths, terminal.draining),
    options.json === true || options.quiet === true,
  )
  try {
    const since = options.since ?? null
    return await importMails(options.config, paths, since, terminal, progress.show)
  } finally {
    progress.end()
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
    .option('--json', 'one document with what was taken')
    .option('-q, --quiet', 'say only what was left out')
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
An archive on standard input is the path /dev/stdin.

Examples:
  procmail:  :0 c
             | patchferry import - --config /etc/patchferry/patchferry.yml
  archives:  patchferry import old.mbox.gz --since 2026-01-01`,
    )
    .action(async (paths: readonly string[], options: ImportOptions) => {
      if (paths.includes('-')) {
        if (paths.length > 1) {
          throw new BotError('CLI_PIPE_ALONE', '`-` is one mail, and stands alone', {
            retry: 'after-human',
          })
        }
        const { importPipe } = await import('../../app/import/import-mails.ts')
        await importPipe(options.config, options.source, terminal)
        return
      }
      const result = await importPaths(paths, options, terminal)
      tellResult(result, options, terminal)
      if (result.unreadable.length > 0) {
        setExitCode(exitCode.no)
      }
      if (result.wasStopped) {
        setExitCode(exitCode.later)
      }
    })
}
