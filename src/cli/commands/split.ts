import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { tellResult } from './acts.ts'
import { configOption, reasonOption } from './common.ts'

interface Options {
  readonly config: string
  readonly reason: string
  readonly to?: string
  readonly undo: boolean
}

/** `patchferry split`: a mail is no part of the series it is in. */
export function addSplit(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = program
    .command('split')
    .description('take a mail out of its series, into one of its own or into another')
    .argument('<mail>', 'Message-ID of a patch, of a cover, or of a reply that holds a patch')
    .addOption(configOption())
    .addOption(reasonOption())
    .option('--to <mail>', 'a mail of the series it belongs to')
    .option('--undo', 'take it back: the mail belongs where the rules say', false)
    .addHelpText(
      'after',
      `
Patches that answer the mail go along.

Examples:
  patchferry split 20260301.2-4@example.org --reason "a patch of another series"
  patchferry split 20260305.1-1@example.org --to 20260301.2-cover@example.org
  patchferry split 20260301.2-4@example.org --undo`,
    )
  command.action(async (mail: string, { config, reason, to, undo }: Options) => {
    const { correct } = await import('../../app/act.ts')
    if (undo && to !== undefined) {
      command.error('error: --to does not go with --undo')
    }
    const asked = undo
      ? ({ act: 'undo-split', mail } as const)
      : ({ act: 'split', mail, to: to ?? null } as const)
    tellResult(await correct(config, asked, reason, terminal), terminal, setExitCode)
  })
}
