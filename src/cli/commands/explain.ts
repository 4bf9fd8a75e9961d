import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { configOption, filledArgument } from './common.ts'

/** `patchferry explain`: why things are as they are. */
export function addExplain(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('explain')
    .description('print every decision about a mail or a topic, with the rule that made it')
    .argument('<id>', 'a Message-ID, or a topic id', filledArgument)
    .addOption(configOption())
    .option('--json', 'one document per decision')
    .addHelpText('after', '\nExample:\n  patchferry explain 20260101.1@example.org')
    .action(async (id: string, options: { config: string; json?: true }) => {
      const { readExplanation } = await import('../../app/inspect-store.ts')
      const decisions = await readExplanation(options.config, id, terminal)
      if (decisions === null) {
        terminal.stderr.write(`patchferry: nothing is known of ${plain(id)}\n`)
        setExitCode(exitCode.no)
        return
      }
      for (const decision of decisions) {
        if (options.json) {
          printJson(terminal, decision)
        } else {
          const version = decision.version === null ? '' : ` v${decision.version}`
          const at = decision.at.toISOString().replace('T', ' ').slice(0, 19)
          print(
            terminal,
            plain(`${at}  ${decision.step}${version}  [${decision.rule}]  ${decision.result}`),
          )
        }
      }
    })
}
