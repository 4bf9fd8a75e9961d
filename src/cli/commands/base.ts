import type { Command } from 'commander'
import type { SeriesBase } from '../../app/series-bases.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { printSeries } from '../print-series.ts'
import { plain } from '../table.ts'

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
        const { listBases } = await import('../../app/series-bases.ts')
        const request = { repository: options.repo, base: null, fetch: options.fetch ?? false }
        const printing = {
          isJson: options.json ?? false,
          document: (choice: Parameters<typeof describe>[0]) => choice,
          describe,
          isWell: ({ outcome }: Parameters<typeof describe>[0]) => outcome === 'chosen',
        }
        await printSeries(listBases(paths, request, terminal), printing, terminal, setExitCode)
      },
    )
}
