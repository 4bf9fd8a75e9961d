import { quoteForShell } from '../../util/shell-word.ts'
import {
  type ArgumentNode,
  allCommands,
  type CommandNode,
  type OptionNode,
  type Value,
} from '../command-tree.ts'

/** Brackets and colons separate the parts of what `_arguments` reads. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, String.raw`\$&`)
}

function action(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `(${value.words.join(' ')})`
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'any':
      return ' '
  }
}

function optionSpec({ flags, description, value, isVariadic }: OptionNode): string {
  const [first = ''] = flags
  const message = value === null ? '' : `:${first.replace(/^-+/, '')}:${action(value)}`
  const rest = `[${escaped(description)}]${message}`
  if (isVariadic) {
    return flags.map((flag) => quoteForShell(`*${flag}${rest}`)).join(' ')
  }
  return flags.length === 1
    ? quoteForShell(`${first}${rest}`)
    : `${quoteForShell(`(${flags.join(' ')})`)}{${flags.join(',')}}${quoteForShell(rest)}`
}

/** A hint hides options that are begun from `_arguments`, so it is given elsewhere only. */
function hint(name: string): string {
  return `{[[ $PREFIX == -* ]] || _message ${name}}`
}

function argumentSpec({ name, value, isVariadic }: ArgumentNode): string {
  const offered = value.kind === 'any' ? hint(name) : action(value)
  return quoteForShell(`${isVariadic ? '*' : ''}:${escaped(name)}:${offered}`)
}

function functionName(words: readonly string[]): string {
  return ['_patchferry', ...words].join('_').replaceAll('-', '_')
}

function functionOf(node: CommandNode): string {
  const specs = node.options.map(optionSpec)
  const name = functionName(node.words)
  if (node.commands.length === 0) {
    const all = [...specs, ...node.arguments.map(argumentSpec)]
    return `${name}() {\n  _arguments -s -S \\\n    ${all.join(' \\\n    ')}\n}`
  }
  const described = node.commands.map(({ words, description }) =>
    quoteForShell(`${words.at(-1) ?? ''}:${description.replaceAll(':', String.raw`\:`)}`),
  )
  return `${name}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands
  commands=(
    ${described.join('\n    ')}
  )
  _arguments -s -C \\
    ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(' \\\n    ')}
  case $state in
    command) _describe -t commands 'command' commands ;;
    rest)
      case $line[1] in
        ${node.commands.map(({ words }) => `${words.at(-1)}) ${functionName(words)} ;;`).join('\n        ')}
      esac
      ;;
  esac
}`
}

/** The completion of zsh for this command line: a file `_patchferry` in `fpath`. */
export function zshCompletion(root: CommandNode): string {
  return `#compdef patchferry
# Completion of patchferry for zsh, made by: patchferry completion zsh

${allCommands(root).toReversed().map(functionOf).join('\n\n')}

if [ "$funcstack[1]" = "_patchferry" ]; then
  _patchferry "$@"
else
  compdef _patchferry patchferry
fi
`
}
