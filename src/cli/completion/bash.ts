import { quoteForShell } from '../../util/shell-word.ts'
import { allCommands, type CommandNode, type Value } from '../command-tree.ts'

/** `@file`, `@folder` and `@any`, or the words themselves; `+` before it when several follow each other. */
function valueText(value: Value, isVariadic: boolean): string {
  const text = value.kind === 'words' ? value.words.join(' ') : `@${value.kind}`
  return isVariadic ? `+${text}` : text
}

/** One `case` arm for each text that is printed. */
function cases(arms: readonly (readonly [patterns: readonly string[], text: string])[]): string {
  return arms
    .filter(([patterns, text]) => patterns.length > 0 && text !== '')
    .map(
      ([patterns, text]) =>
        `    ${patterns.map(quoteForShell).join(' | ')}) echo ${quoteForShell(text)} ;;`,
    )
    .join('\n')
}

/** The completion of bash 3.2 and later for this command line, to be sourced. */
export function bashCompletion(root: CommandNode): string {
  const nodes = allCommands(root)
  const commands = nodes.map(
    ({ words, commands: below }) =>
      [[words.join(' ')], below.map((child) => child.words.at(-1)).join(' ')] as const,
  )
  const options = nodes.map(
    (node) =>
      [[node.words.join(' ')], node.options.flatMap(({ flags }) => flags).join(' ')] as const,
  )
  const values = nodes.flatMap((node) =>
    node.options.map(
      ({ flags, value, isVariadic }) =>
        [
          flags.map((flag) => `${node.words.join(' ')}:${flag}`),
          value === null ? '' : valueText(value, isVariadic),
        ] as const,
    ),
  )
  const places = nodes.flatMap((node) =>
    node.arguments.map(
      ({ value, isVariadic }, index) =>
        [[`${node.words.join(' ')}:${isVariadic ? '+' : index}`], valueText(value, false)] as const,
    ),
  )
  return `# Completion of patchferry for bash, made by: patchferry completion bash

_patchferry_commands() {
  case $1 in
${cases(commands)}
  esac
}

_patchferry_options() {
  case $1 in
${cases(options)}
  esac
}

_patchferry_value() {
  case $1:$2 in
${cases(values)}
  esac
}

_patchferry_argument() {
  case $1:$2 in
${cases(places)}
  esac
}

_patchferry() {
  local current=\${COMP_WORDS[COMP_CWORD]} command='' expected='' count=0 offered='' word line i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue
    elif [[ $word == -?* ]]; then
      expected=$(_patchferry_value "$command" "$word")
    elif [[ -n $expected ]]; then
      [[ $expected == +* ]] || expected=''
    elif [[ $count == 0 && " $(_patchferry_commands "$command") " == *" $word "* ]]; then
      command=\${command:+$command }$word
    else
      count=$((count + 1))
    fi
  done
  [[ $current == '=' ]] && current=''
  if [[ $current == -* ]]; then
    offered=$(_patchferry_options "$command")
  elif [[ -n $expected ]]; then
    offered=\${expected#+}
  else
    [[ $count == 0 ]] && offered=$(_patchferry_commands "$command")
    if [[ -z $offered ]]; then
      offered=$(_patchferry_argument "$command" "$count")
      [[ -n $offered ]] || offered=$(_patchferry_argument "$command" +)
    fi
  fi
  while IFS= read -r line; do
    COMPREPLY+=("$line")
  done < <(
    case $offered in
      @file) compgen -f -- "$current" ;;
      @folder) compgen -d -- "$current" ;;
      @any | '') ;;
      *) compgen -W "$offered" -- "$current" ;;
    esac
  )
  if [[ $offered == @f* ]]; then
    compopt -o filenames 2>/dev/null
  fi
  return 0
}

complete -F _patchferry patchferry
`
}
