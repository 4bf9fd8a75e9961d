import type { Command } from 'commander'
import type { AppliedWithProblems } from '../../app/apply-series.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { printSeries } from '../print-series.ts'
import { plain } from '../table.ts'

function describe({ applied: one, problems }: AppliedWithProblems): readonly string[] {
  const base = one.base === null ? '' : ` on ${one.base} (${one.baseRule})`
  return [
    `${one.topic} v${one.version}${one.minor === 0 ? '' : `.${one.minor}`}: ${one.outcome}${base}`,
    ...problems.map(({ message }) => `  odd: ${plain(message)}`),
    ...one.commits.map(
      ({ number, sha, how }) => `  ${`${number}`.padStart(3)}  ${sha ?? '-'}  ${how}`,
    ),
    ...(one.conflict === null
      ? []
      : [
          `  patch ${one.conflict.number} does not apply: ${one.conflict.paths.join(', ')}`,
          ...one.conflict.output
            .trimEnd()
            .split('\n')
            .map((line) => `    ${plain(line)}`),
          ...one.conflict.hunks.map(
            ({ path, header }) => `    does not fit: ${plain(path)} ${plain(header)}`,
          ),
          ...(one.conflict.olderBase === null
            ? []
            : [`  it applies on the older ${one.conflict.olderBase.sha}`]),
        ]),
    ...(one.head === null ? [] : [`  head ${one.head}`]),
  ]
}

/** `patchferry apply`: as faithful as git am, without touching refs or work tree; needs no configuration. */
export function addApply(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('apply')
    .description('apply the series in mails to a repository, without its refs or work tree')
    .argument('<path...>', 'mails, as for threads')
    .requiredOption('--repo <gitdir>', 'the repository, bare or not')
    .option('--base <rev>', 'apply on this commit, whatever the mails say')
    .option('--fetch', "ask the repository's remotes for a base-commit that it lacks")
    .option('--ref <name>', 'keep the result of a single series under this ref')
    .option('--force', 'move the ref of --ref when it is at another commit')
    .option('--json', 'one document per series')
    .addHelpText(
      'after',
      `
Exit codes: 0 all are applied or merged already, 1 some are not or none was found, 2 wrong arguments.

Example:
  patchferry apply --repo ~/src/git --ref refs/heads/review series.mbox`,
    )
    .action(
      async (
        paths: readonly string[],
        options: {
          repo: string
          base?: string
          fetch?: true
          ref?: string
          force?: true
          json?: true
        },
      ) => {
        const { applyPaths } = await import('../../app/apply-series.ts')
        const request = {
          repository: options.repo,
          base: options.base ?? null,
          fetch: options.fetch ?? false,
          ref: options.ref ?? null,
          force: options.force ?? false,
        }
        const printing = {
          isJson: options.json ?? false,
          document: ({ applied }: AppliedWithProblems) => applied,
          describe,
          isWell: ({ applied: { outcome } }: AppliedWithProblems) =>
            outcome === 'applied' || outcome === 'empty',
        }
        await printSeries(applyPaths(paths, request, terminal), printing, terminal, setExitCode)
      },
    )
}
