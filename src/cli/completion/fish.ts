import { allCommands, type CommandNode, type OptionNode, type Value } from '../command-tree.ts'

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}

/** How a value is offered; the last one keeps fish from offering files. */
function offer(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `-x -a ${quoted(value.words.join(' '))}`
    case 'file':
      return '-r -F'
    case 'folder':
      return `-x -a '(__fish_complete_directories)'`
    case 'any':
      return '-x'
  }
}

function optionLine(node: CommandNode, { flags, description, value }: OptionNode): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  )
  const taken = value === null ? '' : ` ${offer(value)}`
  const condition = quoted(`__patchferry_in "${node.words.join(' ')}"`)
  return `complete -c patchferry -n ${condition} ${names.join(' ')}${taken} -d ${quoted(description)}`
}

function argumentLines(node: CommandNode): readonly string[] {
  return node.arguments.flatMap(({ value, isVariadic }, index) => {
    if (value.kind === 'any') {
      return []
    }
    const place = isVariadic ? 'in' : 'at'
    const condition = quoted(
      `__patchferry_${place} "${node.words.join(' ')}"${isVariadic ? '' : ` ${index}`}`,
    )
    return [`complete -c patchferry -n ${condition} ${offer(value).replace(/^-[rx] /, '')}`]
  })
}

function linesOf(node: CommandNode): readonly string[] {
  return [
    ...node.commands.map(
      ({ words, description }) =>
        `complete -c patchferry -n ${quoted(`__patchferry_at "${node.words.join(' ')}" 0`)} -a ${words.at(-1)} -d ${quoted(description)}`,
    ),
    ...node.options.map((option) => optionLine(node, option)),
    ...argumentLines(node),
  ]
}

/** The completion of fish for this command line, to be sourced. */
export function fishCompletion(root: CommandNode): string {
  const nodes = allCommands(root)
  const takes = nodes.flatMap((node) =>
    node.options
      .filter(({ value }) => value !== null)
      .flatMap(({ flags, isVariadic }) =>
        flags.map((flag) => ({ text: `${node.words.join(' ')}:${flag}`, isVariadic })),
      ),
  )
  const commands = nodes.slice(1).map(({ words }) => quoted(words.join(' ')))
  return `# Completion of patchferry for fish, made by: patchferry completion fish

set -g __patchferry_commands ${commands.join(' ')}
set -g __patchferry_one ${takes
    .filter(({ isVariadic }) => !isVariadic)
    .map(({ text }) => quoted(text))
    .join(' ')}
set -g __patchferry_many ${takes
    .filter(({ isVariadic }) => isVariadic)
    .map(({ text }) => quoted(text))
    .join(' ')}

# The command so far, and how many arguments it has.
function __patchferry_place
  set -l command ''
  set -l count 0
  set -l expects no
  for word in (commandline -opc)[2..]
    if string match -q -- '-?*' $word
      set expects no
      contains -- "$command:$word" $__patchferry_one; and set expects one
      contains -- "$command:$word" $__patchferry_many; and set expects many
    else if test $expects = one
      set expects no
    else if test $expects = many
      continue
    else if test $count = 0; and contains -- (string trim "$command $word") $__patchferry_commands
      set command (string trim "$command $word")
    else
      set count (math $count + 1)
    end
  end
  echo "$command"
  echo $count
end

function __patchferry_in
  set -l place (__patchferry_place)
  test "$place[1]" = "$argv[1]"
end

function __patchferry_at
  set -l place (__patchferry_place)
  test "$place[1]" = "$argv[1]"; and test "$place[2]" = "$argv[2]"
end

complete -c patchferry -e
complete -c patchferry -f
${nodes.flatMap(linesOf).join('\n')}
`
}
