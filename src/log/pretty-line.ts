function valueText(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}

function errorLines(error: unknown): string {
  const stack = (error as { readonly stack?: unknown } | null)?.stack
  return typeof stack === 'string' ? `\n    ${stack.replaceAll('\n', '\n    ')}` : ''
}

/** One JSON log line as a person reads it: `10:15:02 info  mail stored source=devel-maildir`, then an error's stack. */
export function prettyLine(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>
  const clock = String(time).slice(11, 19)
  const parts = Object.entries(fields).map(([key, value]) => `${key}=${valueText(value)}`)
  const summary =
    err === undefined ? [] : [`err=${valueText((err as { message?: unknown }).message ?? err)}`]
  const head = [clock, String(level).padEnd(5), String(msg), ...parts, ...summary].join(' ')
  return `${head}${errorLines(err)}\n`
}
