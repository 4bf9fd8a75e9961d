import { Argument, type Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { commandTree } from '../command-tree.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** `patchferry completion`: what makes a shell complete its commands, options and their values. */
export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('print what makes a shell complete commands, options and their values')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
It is made from this very version: make it again after an update.

Examples:
  patchferry completion bash > ~/.local/share/bash-completion/completions/patchferry
  patchferry completion zsh > ~/.zfunc/_patchferry
  patchferry completion fish > ~/.config/fish/completions/patchferry.fish`,
    )
    .action(async (shell: Shell) => {
      const { renderCompletion } = await import('../completion/render-completion.ts')
      terminal.stdout.write(renderCompletion(shell, commandTree(program)))
    })
}
