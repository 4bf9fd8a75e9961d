import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { tellResult } from './acts.ts'
import { configOption, reasonOption } from './common.ts'

interface Options {
  readonly config: string
  readonly reason: string
  readonly undo: boolean
}

/** `patchferry unlink`: a series is no version of the topic it is in. */
export function addUnlink(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('unlink')
    .description('take a version out of its topic; it begins a topic of its own')
    .argument('<mail>', 'Message-ID of its cover or of one of its patches')
    .addOption(configOption())
    .addOption(reasonOption())
    .option('--undo', 'take back what was said of its link: the rules decide again', false)
    .addHelpText(
      'after',
      `
Versions that follow it by rule go along. Branches follow, and nothing is reported again.

Examples:
  patchferry unlink 20260301.2-cover@example.org --reason "another author's patch"
  patchferry unlink 20260301.2-cover@example.org --undo`,
    )
    .action(async (mail: string, { config, reason, undo }: Options) => {
      const { correct } = await import('../../app/act.ts')
      const asked = { act: undo ? 'undo-link' : 'unlink', mail } as const
      tellResult(await correct(config, asked, reason, terminal), terminal, setExitCode)
    })
}
