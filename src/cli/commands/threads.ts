import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { LinkedSeries } from '../../core/series/series.ts'
import { versionText } from '../../core/series/series.ts'
import { toOtherLine, toThreadLine } from '../../core/series/threads-json.ts'
import { exitCode, type SetExitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'

function describeSeries({ series, topic, linkedBy }: LinkedSeries): readonly string[] {
  const size = `${series.patches.length}/${series.total ?? '?'}`
  const link = linkedBy === null ? '' : `, linked by ${linkedBy}`
  return [
    `${topic} v${versionText(series)} ${size} ${series.complete ? 'complete' : 'incomplete'}: ${series.name}`,
    `  ${series.submitter.name} <${series.submitter.address}>, ${series.replies.length} replies${link}`,
    ...(series.cover === null ? [] : [`  cover  ${series.cover}`]),
    ...series.patches.map(
      ({ number, subject, messageId }) =>
        `  ${`${number}`.padStart(5)}  ${subject}  <${messageId}>`,
    ),
    ...(series.missing.length === 0 ? [] : [`  missing: ${series.missing.join(', ')}`]),
    ...series.problems.map(({ code, message }) => `  problem: ${code}: ${message}`),
  ].map(plain)
}

/** `patchferry threads`: the series in mails of any form; needs no configuration. */
export function addThreads(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('threads')
    .description('show the patch series in mailboxes, folders, archives or standard input')
    .argument('<path...>', 'mbox, Maildir, .eml, folders of them, .gz, public-inbox git, or -')
    .option('--json', 'one document per series and per other mail')
    .addHelpText('after', '\nExample:\n  b4 am -o - MESSAGE-ID | patchferry threads -')
    .action(async (paths: readonly string[], options: { json?: true }) => {
      const { readThreads } = await import('../../app/read-threads.ts')
      const { series, others, faults } = await readThreads(paths, terminal, undefined, {
        despiteDamage: true,
      })
      for (const linked of series) {
        if (options.json) {
          printJson(terminal, toThreadLine(linked))
        } else {
          print(terminal, describeSeries(linked).join('\n'))
        }
      }
      for (const { other, source } of others) {
        if (options.json) {
          printJson(terminal, toOtherLine(other, source))
        } else {
          print(terminal, plain(`${other.kind}: ${other.messageId ?? source}: ${other.reason}`))
        }
      }
      const isEmpty = series.length + others.length === faults.length
      const wrong =
        isEmpty && faults.length === 0 ? [`no mail was found in ${paths.join(', ')}`] : faults
      for (const line of wrong) {
        terminal.stderr.write(`patchferry: ${plain(line)}\n`)
      }
      if (wrong.length > 0) {
        // Nothing that was named can be read: the caller named something else than mail.
        setExitCode(isEmpty && faults.length > 0 ? exitCode.usage : exitCode.no)
      }
    })
}
