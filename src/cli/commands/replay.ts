import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'

/** `patchferry replay`: what would have been done, and when; needs no configuration. */
export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description('run old mail through the whole pipeline and write down every outward act')
    .requiredOption('--inbox <path>', 'mails, as for threads')
    .requiredOption('--repo <gitdir>', 'the repository; it is only read')
    .option('--json', 'one document per act')
    .addHelpText(
      'after',
      `
The clock is that of the mails. Nothing is pushed or sent, and no test is run.

Example:
  patchferry replay --inbox last-month.mbox --repo ~/src/project`,
    )
    .action(async (options: { inbox: string; repo: string; json?: true }) => {
      const { replay } = await import('../../app/replay.ts')
      for await (const act of replay(options.inbox, options.repo, terminal)) {
        if (options.json) {
          printJson(terminal, act)
          continue
        }
        print(terminal, plain(`${act.at}  ${act.act.padEnd(5)} ${act.target}`))
        if (act.act !== 'push') {
          const lines = act.body.trimEnd().split('\n')
          print(terminal, lines.map((line) => `    ${plain(line)}`).join('\n'))
        }
      }
    })
}
