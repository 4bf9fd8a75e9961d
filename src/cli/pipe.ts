/**
 * Whether these arguments are those of `import -`, well formed or not: an MTA that pipes a mail into it bounces on
 * every exit code but 0 and 75.
 */
export function isPipe(args: readonly string[]): boolean {
  const at = args.indexOf('import')
  const before = args.slice(0, at)
  const isCommand = before.every(
    (word, index) => word.startsWith('-') || before[index - 1]?.startsWith('-'),
  )
  return at !== -1 && isCommand && args.includes('-', at)
}
