import type { Argument, Command, Option } from 'commander'

/** What may stand for a value on the command line. */
export type Value =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'folder' }
  /** Something that nobody can guess. */
  | { readonly kind: 'any' }

export interface OptionNode {
  /** As they are typed, the short one first: `-c` and `--config`. */
  readonly flags: readonly string[]
  readonly description: string
  /** Null: the option takes none. */
  readonly value: Value | null
  readonly isVariadic: boolean
}

export interface ArgumentNode {
  readonly name: string
  readonly value: Value
  readonly isVariadic: boolean
}

/** A command with all that can be typed after it. */
export interface CommandNode {
  /** Without `patchferry`: `outbox` and `show`. */
  readonly words: readonly string[]
  readonly description: string
  readonly options: readonly OptionNode[]
  readonly arguments: readonly ArgumentNode[]
  readonly commands: readonly CommandNode[]
}

const fileNames: ReadonlySet<string> = new Set(['file', 'path', 'place'])
const folderNames: ReadonlySet<string> = new Set(['dir', 'directory', 'folder', 'gitdir'])

function toValue(placeholder: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) {
    return { kind: 'words', words: choices }
  }
  if (fileNames.has(placeholder)) {
    return { kind: 'file' }
  }
  return folderNames.has(placeholder) ? { kind: 'folder' } : { kind: 'any' }
}

function toOption(option: Option): OptionNode {
  const placeholder = /[<[](?<name>[\w-]+)/.exec(option.flags)?.groups?.['name']
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    value: placeholder === undefined ? null : toValue(placeholder, option.argChoices),
    isVariadic: option.variadic,
  }
}

function toArgument(argument: Argument, siblings: readonly string[] | null): ArgumentNode {
  return {
    name: argument.name(),
    value: toValue(argument.name(), siblings === null ? argument.argChoices : [...siblings]),
    isVariadic: argument.variadic,
  }
}

/** What a program of commander takes, as plain data; `--help` and `help` are in it where it has them. */
export function commandTree(command: Command, words: readonly string[] = []): CommandNode {
  const help = command.createHelp()
  const children = help.visibleCommands(command)
  const names = children.map((child) => child.name())
  return {
    words,
    description: command.description(),
    options: help.visibleOptions(command).map(toOption),
    arguments: command.registeredArguments.map((argument) => toArgument(argument, null)),
    commands: children.map((child) => {
      const node = commandTree(child, [...words, child.name()])
      // The command that commander adds by itself: it takes the name of another one.
      return child.parent === null
        ? {
            ...node,
            arguments: child.registeredArguments.map((argument) => toArgument(argument, names)),
          }
        : node
    }),
  }
}

/** A command and all below it, each before those below. */
export function allCommands(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)]
}
