import type { CommandNode } from '../command-tree.ts'
import { bashCompletion } from './bash.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

const renderers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

/** The script that a shell sources to complete this command line. */
export function renderCompletion(shell: keyof typeof renderers, root: CommandNode): string {
  return renderers[shell](root)
}
