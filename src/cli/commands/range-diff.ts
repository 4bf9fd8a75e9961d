import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { versionArgument } from './acts.ts'
import { configOption } from './common.ts'

/** `patchferry range-diff`: what changed between two versions. */
export function addRangeDiff(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('range-diff')
    .description('compare two versions of a topic, patch by patch, as git range-diff does')
    .argument('<topic>', 'topic id, or a Message-ID of the series')
    .argument('[before]', 'such as v1; the last but one when left out', versionArgument)
    .argument('[after]', 'such as v2; the last one when left out', versionArgument)
    .addOption(configOption())
    .option('--json', 'one document')
    .addHelpText('after', '\nExample:\n  patchferry range-diff 1a2b3c4d5e6f v1 v3')
    .action(
      async (
        topic: string,
        before: string | undefined,
        after: string | undefined,
        options: { config: string; json?: true },
      ) => {
        const { compareVersions } = await import('../../app/range-diff.ts')
        const versions = [before ?? null, after ?? null] as const
        const result = await compareVersions(options.config, topic, versions, terminal)
        if (result.outcome === 'refused') {
          terminal.stderr.write(`patchferry: ${plain(result.message)}\n`)
          setExitCode(exitCode.no)
        } else if (options.json) {
          printJson(terminal, result.comparison)
        } else {
          const lines = result.comparison.rangeDiff.trimEnd().split('\n')
          print(
            terminal,
            lines
              .map((line) => line.replaceAll('\t', '        '))
              .map(plain)
              .join('\n'),
          )
        }
      },
    )
}
