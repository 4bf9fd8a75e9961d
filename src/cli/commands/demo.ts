import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { renderTable } from '../table.ts'
import { print } from '../terminal.ts'

/** `patchferry demo`: the main job, for real, without account or server. */
export function addDemo(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('demo')
    .description('run the main job for real on embedded parts; needs only git')
    .option('--once', 'end by itself; exit 0 only if every outcome was as expected')
    .option('--directory <folder>', 'where to make the demo; a new temporary folder by default')
    .addHelpText('after', '\nExample:\n  patchferry demo --once')
    .action(async (options: { once?: true; directory?: string }) => {
      const { runDemo } = await import('../../app/demo/run-demo.ts')
      const { wrong } = await runDemo(
        { once: options.once ?? false, directory: options.directory ?? null },
        {
          say: (line) => print(terminal, line),
          table(rows) {
            const head = ['series', 'version', 'base (rule)', 'verdict', 'branch', 'report']
            const cells = rows.map((row) => [
              row.series,
              row.version,
              row.base,
              row.verdict,
              row.branch,
              row.report,
            ])
            print(terminal, `\n${renderTable(head, cells)}`)
          },
        },
        terminal,
      )
      for (const sentence of wrong) {
        terminal.stderr.write(`not as expected: ${sentence}\n`)
      }
      if (wrong.length > 0) {
        setExitCode(exitCode.no)
      } else {
        print(terminal, '\nEvery outcome is as expected.')
      }
    })
}
