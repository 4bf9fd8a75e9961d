import { type Command, InvalidArgumentError } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { parseDuration } from '../../util/parse-duration.ts'
import { dryRunProgress } from '../dry-run-progress.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { dryRunPrinter } from '../print-dry-run.ts'
import { printJson } from '../terminal.ts'
import { configOption } from './common.ts'

/** \`Date\` takes the 31st of February for the 3rd of March. */
function isOfCalendar(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0]
  const date = new Date(`${day ?? text.slice(0, 4)}T00:00:00Z`)
  return day === undefined || (!Number.isNaN(date.getTime()) && date.toISOString().startsWith(day))
}

/** A day, `30d` ago, or `1.month` ago as git writes it. */
export function sinceArgument(text: string, now = new Date()): Date {
  const units: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30, year: 365 }
  const found = /^(?<count>\d{1,4})[. ](?<unit>day|week|month|year)s?$/.exec(text.trim())?.groups
  const ago =
    found === undefined
      ? parseDuration(text)
      : Number(found['count']) * (units[found['unit'] ?? ''] ?? 0) * 86_400_000
  if (ago !== null) {
    return new Date(now.getTime() - ago)
  }
  const date = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
  if (!/^\d{4}-/.test(text) || !isOfCalendar(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('Write a day such as 2026-01-31, or 30d, 2.weeks or 1.month.')
  }
  return date
}

/** A number of at least 1. */
export function countArgument(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidArgumentError('Write a whole number, 1 or more.')
  }
  return count
}

interface Options {
  readonly config: string
  readonly since?: Date
  readonly limit: number
  readonly json?: true
}

/** `patchferry dry-run`: what would have been opened and sent. */
export function addDryRun(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('dry-run')
    .description('run the last month of the list through, and show what would be opened and sent')
    .addOption(configOption())
    .option('--since <when>', 'a day, or how long ago: 30d, 2.weeks (default: 1.month)', (text) =>
      sinceArgument(text),
    )
    .option('--limit <count>', 'the newest so many mails of each source', countArgument, 2000)
    .option('--json', 'one document per series and mail, then one with counts')
    .addHelpText(
      'after',
      `
Nothing is pushed or sent, nothing is changed in sources, store, archive and mirror, and no test is run:
what reports of success and failure there would be, the tests decide. Base branches are fetched. It may run
beside the service. The clock is that of the mails; base branches are as they are today.

Example:
  patchferry dry-run --since 2.weeks`,
    )
    .action(async ({ config: file, limit, json, ...given }: Options) => {
      const { loadConfig } = await import('../../config/load-config.ts')
      const { dryRun } = await import('../../app/rehearsal/dry-run.ts')
      const config = await loadConfig(file, terminal.env, 'when-used')
      const since = given.since ?? sinceArgument('1.month')
      const show = dryRunPrinter(terminal)
      const progress = dryRunProgress(terminal)
      const options = { since, limit, onProgress: progress.show }
      try {
        for await (const line of dryRun(config, options, terminal)) {
          progress.clear()
          if (json) {
            printJson(terminal, line)
          } else {
            show(line)
          }
          if (line.type === 'source-failed') {
            setExitCode(exitCode.no)
          }
          if (line.type === 'summary' && line.stopped) {
            setExitCode(exitCode.later)
          }
        }
      } finally {
        progress.clear()
      }
    })
}
