/** Words of a shell, as far as documents use it; a comment, pipe or list ends the command. */
export function shellWords(command: string): readonly string[] {
  const [first = ''] = command.split(/\s(?:#|\||&&|\|\||;|>)|\)"/)
  return (
    first
      .match(/"[^"]*"|'[^']*'|[^\s"']+/g)
      ?.map((word) => word.replaceAll(/^["']|["'.,]$/g, '')) ?? []
  )
}
