type DiffLineKind = 'meta' | 'hunk' | 'add' | 'del' | 'same'

export interface DiffLine {
  readonly kind: DiffLineKind
  readonly text: string
}

/** What a diff says about one file. */
export interface DiffFile {
  /** The path after, else before; as written, quoting included. */
  readonly path: string
  readonly added: number
  readonly removed: number
  readonly lines: readonly DiffLine[]
}

interface Hunk {
  old: number
  new: number
}

const fileStart = /^(?:diff |Index: )/
const hunkStart = /^@@ -\d+(?:,(?<old>\d+))? \+\d+(?:,(?<new>\d+))? @@/

function inHunk(line: string, hunk: Hunk): DiffLineKind {
  switch (line.charAt(0)) {
    case '+':
      hunk.new -= 1
      return 'add'
    case '-':
      hunk.old -= 1
      return 'del'
    case '\\':
      return 'meta'
    default:
      hunk.old -= 1
      hunk.new -= 1
      return 'same'
  }
}

/** Lines with their kinds. Counts hunks, so that a removed line `-- x` is not taken for a header. */
function classify(text: string): readonly DiffLine[] {
  const hunk: Hunk = { old: 0, new: 0 }
  const lines = text.split('\n')
  if (lines.at(-1) === '') {
    lines.pop()
  }
  return lines.map((line) => {
    if (hunk.old > 0 || hunk.new > 0 || line.startsWith('\\')) {
      return { kind: inHunk(line, hunk), text: line }
    }
    const start = hunkStart.exec(line)
    if (start === null) {
      return { kind: 'meta', text: line }
    }
    hunk.old = Number(start.groups?.['old'] ?? 1)
    hunk.new = Number(start.groups?.['new'] ?? 1)
    return { kind: 'hunk', text: line }
  })
}

function stripPrefix(path: string): string {
  return path.replace(/\t.*$/, '').replace(/^("?)[ab]\//, '$1')
}

function pathOf(lines: readonly DiffLine[]): string {
  const meta = lines.filter(({ kind }) => kind === 'meta').map(({ text }) => text)
  function after(start: string): string | undefined {
    return meta.find((line) => line.startsWith(start))?.slice(start.length)
  }
  const sides = [after('+++ '), after('--- ')]
    .filter((path) => path !== undefined)
    .map(stripPrefix)
    .filter((path) => path !== '/dev/null')
  const header = /^(?:diff --git \S+ (?<git>.+)|Index: (?<index>.+))$/.exec(meta[0] ?? '')?.groups
  const named = header?.['git'] ?? header?.['index']
  return sides[0] ?? after('rename to ') ?? (named === undefined ? 'diff' : stripPrefix(named))
}

function toFile(lines: readonly DiffLine[]): DiffFile {
  return {
    path: pathOf(lines),
    added: lines.filter(({ kind }) => kind === 'add').length,
    removed: lines.filter(({ kind }) => kind === 'del').length,
    lines,
  }
}

/** A unified diff by files, for showing it: every line is in the result, in order. */
export function splitDiff(diff: string): readonly DiffFile[] {
  const files: DiffLine[][] = []
  for (const line of classify(diff)) {
    const current = files.at(-1)
    if (current === undefined || (line.kind === 'meta' && fileStart.test(line.text))) {
      files.push([line])
    } else {
      current.push(line)
    }
  }
  return diff === '' ? [] : files.map(toFile)
}
