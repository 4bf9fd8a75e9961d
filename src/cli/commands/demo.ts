import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ForgeWish, readForgeUrl, tokenVariable } from '../../app/demo/demo-forge.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { plain, renderTable } from '../table.ts'
import { print } from '../terminal.ts'
import { filledArgument } from './common.ts'

interface DemoFlags {
  readonly once?: true
  readonly directory?: string
  readonly forge?: string
  readonly tokenFile?: string
  readonly ci?: string
  readonly notEmpty?: true
}

function forgeArgument(text: string): string {
  if (readForgeUrl(text) === null) {
    throw new InvalidArgumentError(
      'Write the URL of a repository such as https://codeberg.org/me/try, without a password.',
    )
  }
  return text
}

function labelArgument(text: string): string {
  if (!/^[\w.-]+$/.test(text)) {
    throw new InvalidArgumentError('Write the label of a runner such as ubuntu-latest or docker.')
  }
  return text
}

function wishOf({ forge, tokenFile, ci, notEmpty }: DemoFlags): ForgeWish | null {
  return forge === undefined
    ? null
    : {
        url: forge,
        tokenFile: tokenFile ?? null,
        runner: ci ?? null,
        mayShare: notEmpty ?? false,
      }
}

const help = `
The token for --forge is read from --token-file or the variable ${tokenVariable}. Use an empty
repository made for this.

Examples:
  patchferry demo --once
  patchferry demo --forge https://codeberg.org/me/try --token-file ./token`

/** `patchferry demo`: the main job, for real, without account or server; or on a forge. */
export function addDemo(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const needsForge = 'of --forge: '
  program
    .command('demo')
    .description('run the main job for real on embedded parts; needs only git')
    .option('--once', 'end by itself; exit 0 only if every outcome was as expected')
    .option('--directory <folder>', 'where to make the demo; a new temporary folder by default')
    .addOption(
      new Option(
        '--forge <url>',
        'open its pull requests in this repository on GitHub, Forgejo or Gitea',
      ).argParser(forgeArgument),
    )
    .addOption(
      new Option('--token-file <file>', `${needsForge}a file with an access token`).argParser(
        filledArgument,
      ),
    )
    .addOption(
      new Option(
        '--ci <label>',
        `${needsForge}leave the tests to a runner there with this label; here by default`,
      ).argParser(labelArgument),
    )
    .option('--not-empty', `${needsForge}take it though it holds other things, which stay`)
    .addHelpText('after', help)
    .action(async (options: DemoFlags, command: Command) => {
      const forge = wishOf(options)
      if (forge === null && (options.tokenFile ?? options.ci ?? options.notEmpty) !== undefined) {
        command.error('error: --token-file, --ci and --not-empty go with --forge')
      }
      const { runDemo } = await import('../../app/demo/run-demo.ts')
      const { wrong } = await runDemo(
        { once: options.once ?? false, directory: options.directory ?? null, forge },
        {
          say: (line) => print(terminal, line.split('\n').map(plain).join('\n')),
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
        terminal.stderr.write(`not as expected: ${plain(sentence)}\n`)
      }
      if (wrong.length > 0) {
        setExitCode(exitCode.no)
      } else {
        print(terminal, '\nEvery outcome is as expected.')
      }
    })
}
