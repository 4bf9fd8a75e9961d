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

/** `patchferry link`: a series is a version of a topic, whatever the rules say. */
export function addLink(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = program
    .command('link')
    .description('make a series a version of a topic, whatever the rules say')
    .argument('<mail>', 'Message-ID of its cover or of one of its patches')
    .argument('[topic]', 'topic id, or a Message-ID of another version')
    .addOption(configOption())
    .addOption(reasonOption())
    .option('--undo', 'take back what was said of its link: the rules decide again', false)
    .addHelpText(
      'after',
      `
Versions that follow it by rule go along. Branches follow, and nothing is reported again.

Examples:
  patchferry link 20260301.2-cover@example.org 1a2b3c4d5e6f --reason "renamed in v3"
  patchferry link 20260301.2-cover@example.org --undo`,
    )
  command.action(
    async (mail: string, topic: string | undefined, { config, reason, undo }: Options) => {
      const { correct } = await import('../../app/act.ts')
      if ((topic === undefined) !== undo) {
        command.error(`error: ${undo ? 'no topic goes with --undo' : "missing argument 'topic'"}`)
      }
      const asked = undo
        ? ({ act: 'undo-link', mail } as const)
        : ({ act: 'link', mail, topic: topic ?? '' } as const)
      tellResult(await correct(config, asked, reason, terminal), terminal, setExitCode)
    },
  )
}
