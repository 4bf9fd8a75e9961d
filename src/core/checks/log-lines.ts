/** One line of a log, without what runners and terminals add to it. */
export interface LogLine {
  readonly text: string
  /** `2026-11-21T10:00:00`, by the runner's clock in UTC; empty where no line so far had a time. */
  readonly second: string
  /** How the runner marked it; `end` closes the last `group`. */
  readonly mark: 'error' | 'warning' | 'group' | 'end' | 'other' | null
}

/** Of longer logs only the end is looked at, for the sake of memory. */
const mostLines = 200_000
/** What is beyond this in a line is for nobody to read. */
const longestLine = 1_000

/** `2006-01-02T15:04:05.0000000Z `, as the runners of GitHub, Gitea and Forgejo write it. */
const stamp = /^\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z ?/
/** Escape sequences of terminals (ECMA-48), and colours whose escape character was lost on the way. */
const escapes =
  // oxlint-disable-next-line no-control-regex -- these very characters are looked for
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]?[0-~]|\[\d{1,3}(?:;\d{1,3}){0,4}m/g
/** `##[error]text` of GitHub's runner, `::error file=x::text` as scripts write it. */
const command = /^(?:##\[(\w{1,20})\]|::(\w{1,20})(?: [^:]{0,300})?::)/

const marks: Readonly<Record<string, LogLine['mark']>> = {
  error: 'error',
  warning: 'warning',
  group: 'group',
  endgroup: 'end',
}

function withoutEscapes(text: string): string {
  return text.includes('\u001b') || text.includes('[') ? text.replace(escapes, '') : text
}

/** Of a line that was overwritten what was seen last. */
function lastSeen(raw: string): string {
  const line = raw.endsWith('\r') ? raw.replace(/\r+$/, '') : raw
  return line.slice(line.lastIndexOf('\r') + 1)
}

/** The lines of a log as a person reads them. Of very long logs the last 200 000. */
export function logLines(log: string): readonly LogLine[] {
  const all = log.split('\n')
  let second = ''
  return all.slice(-mostLines).map((raw) => {
    const found = stamp.exec(raw.slice(0, 40))
    second = found?.[1] ?? second
    const start = raw.slice(found?.[0].length ?? 0)
    const text = lastSeen(start.length > longestLine ? start.slice(0, longestLine) : start)
    const called = command.exec(text)
    const name = called?.[1] ?? called?.[2]
    const plain = withoutEscapes(called === null ? text : text.slice(called[0].length)).trimEnd()
    return { text: plain, second, mark: name === undefined ? null : (marks[name] ?? 'other') }
  })
}
