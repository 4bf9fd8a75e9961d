import type { Command } from 'commander'
import { listBases, type SeriesBase } from '../../app/series-bases.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'

function describe(one: SeriesBase): readonly string[] {
  const result = {
    chosen: `${one.base} (${one.baseRule})`,
    'base-missing': 'no base was found',
    incomplete: 'incomplete',
  }[one.outcome]
  const width = Math.max(...one.rungs.map(({ rule }) => rule.length))
  return [
    `${one.topic} v${one.version}${one.minor === 0 ? '' : `.${one.minor}`}: ${result}  ${plain(one.name)}`,
    ...one.rungs.map(
      ({ rule, taken, finding }) =>
        `  ${taken ? '*' : ' '} ${rule.padEnd(width)}  ${plain(finding)}`,
    ),
  ]
}

/** `patchferry base`: which commit a series would be applied on, and why; needs no configuration. */
export function addBase(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('base')
    .description('say on which commit each series would be applied, and why')
    .argument('<path...>', 'mails, as for threads')
    .requiredOption('--repo <gitdir>', 'the repository, bare or not')
    .option('--fetch', "ask the repository's remotes for a base-commit that it lacks")
    .option('--json', 'one document per series')
    .addHelpText(
      'after',
      `
Exit codes: 0 every series has a base, 1 some have none or none was found, 2 wrong arguments.

Example:
  patchferry base --repo ~/src/git series.mbox`,
    )
    .action(
      async (paths: readonly string[], options: { repo: string; fetch?: true; json?: true }) => {
        let count = 0
        let isAllWell = true
        const request = { repository: options.repo, base: null, fetch: options.fetch ?? false }
        for await (const one of listBases(paths, request, terminal)) {
          count += 1
          isAllWell &&= one.outcome === 'chosen'
          if (options.json) {
            printJson(terminal, one)
          } else {
            print(terminal, describe(one).join('\n'))
          }
        }
        if (count === 0) {
          terminal.stderr.write('patchferry: no patch series was found\n')
        }
        if (count === 0 || !isAllWell) {
          setExitCode(exitCode.no)
        }
      },
    )
}
