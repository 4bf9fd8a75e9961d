import { escapes } from '../../core/patch/diff-path.ts'

/**
 * One file of a diff. Paths are byte strings (one character a byte, `latin1`), because git's paths have no
 * encoding.
 */
export interface DiffFile {
  /** Null for a new file. */
  readonly oldPath: string | null
  /** Null for a deleted file. */
  readonly newPath: string | null
  /** Abbreviated name of the pre-image on the `index` line; null when absent or all zeros. */
  readonly oldBlob: string | null
}

interface Block {
  header: string
  oldName: string | null
  newName: string | null
  movedFrom: string | null
  movedTo: string | null
  oldBlob: string | null
}

/**
 * The files that the `diff --git` headers of a patch name, paths without their first component as `git apply -p1`
 * reads them. `patch` is a byte string. Only headers are read: between `@@` and the next `diff --git` nothing counts.
 */
export function readDiffFiles(patch: string): readonly DiffFile[] {
  const files: DiffFile[] = []
  let block: Block | null = null
  let inHeader = false
  for (const line of lines(patch)) {
    if (line.startsWith('diff --git ')) {
      add(files, block)
      block = emptyBlock(line.slice('diff --git '.length))
      inHeader = true
    } else if (block !== null && inHeader) {
      inHeader = readHeaderLine(block, line)
    }
  }
  add(files, block)
  return files
}

/**
 * Every path a patch could touch, whatever its form: also what looks like a header and is none. Null when a
 * path holds a newline, which line-wise git commands cannot take.
 */
export function touchedPaths(patch: string): ReadonlySet<string> | null {
  const paths = new Set<string>()
  for (const line of lines(patch)) {
    for (const candidate of namesIn(line)) {
      if (candidate.includes('\n')) {
        return null
      }
      paths.add(candidate)
    }
  }
  return paths
}

/**
 * False for what git takes for something else than a path in a tree: absolute and relative paths, empty
 * components, two lines, more than the longest path. No tree holds such a path.
 */
export function isPlainPath(name: string): boolean {
  return name.length <= 4_000 && !/(?:^|\/)\.{0,2}(?:\/|$)|\n/.test(name)
}

function namesIn(line: string): readonly string[] {
  if (line.startsWith('diff --git ')) {
    return [...headerNames(line.slice('diff --git '.length))]
  }
  const marked = /^(?:---|\+\+\+) (?<name>.+)$/.exec(line)?.groups?.['name']
  if (marked !== undefined) {
    const name = fileName(marked)
    return name === null ? [] : [name]
  }
  const moved = /^(?:rename|copy) (?:from|to) (?<name>.+)$/.exec(line)?.groups?.['name']
  return moved === undefined ? [] : [unquote(moved)]
}

function* lines(patch: string): Generator<string> {
  for (const line of patch.split('\n')) {
    yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
}

function emptyBlock(header: string): Block {
  return { header, oldName: null, newName: null, movedFrom: null, movedTo: null, oldBlob: null }
}

/** Takes one extended header line into `block`; false at the first line of a hunk. */
function readHeaderLine(block: Block, line: string): boolean {
  if (line.startsWith('@@ ') || line.startsWith('GIT binary patch')) {
    return false
  }
  const found =
    /^(?<key>---|\+\+\+|rename from|rename to|copy from|copy to|index) (?<value>.+)$/.exec(
      line,
    )?.groups
  const value = found?.['value'] ?? ''
  switch (found?.['key'] ?? '') {
    case '---':
      block.oldName = value
      break
    case '+++':
      block.newName = value
      break
    case 'rename from':
    case 'copy from':
      block.movedFrom = unquote(value)
      break
    case 'rename to':
    case 'copy to':
      block.movedTo = unquote(value)
      break
    case 'index':
      block.oldBlob = /^(?<blob>[0-9a-f]{4,64})\.\./.exec(value)?.groups?.['blob'] ?? null
      break
  }
  return true
}

function add(files: DiffFile[], block: Block | null): void {
  if (block === null) {
    return
  }
  const same = sameName(block.header)
  const isNew = block.oldBlob !== null && /^0+$/.test(block.oldBlob)
  const oldPath = block.movedFrom ?? (block.oldName === null ? same : fileName(block.oldName))
  const newPath = block.movedTo ?? (block.newName === null ? same : fileName(block.newName))
  files.push({
    oldPath: isNew ? null : oldPath,
    newPath,
    oldBlob: isNew ? null : block.oldBlob,
  })
}

/** Name behind `---` or `+++`: quotes, a trailing timestamp and the first component removed. */
function fileName(text: string): string | null {
  const name = text.startsWith('"') ? unquote(text) : (text.split('\t')[0] ?? '')
  return name === '/dev/null' ? null : stripped(name)
}

/** Where both names of `diff --git a/x b/x` are the same, that name. Git knows no other way to split the line. */
function sameName(header: string): string | null {
  if (header.startsWith('"')) {
    return stripped(unquote(header))
  }
  const half = (header.length - 1) / 2
  const [left, right] = [header.slice(0, half), header.slice(half + 1)]
  return Number.isInteger(half) && stripped(left) === stripped(right) ? stripped(left) : null
}

/** Both names of a `diff --git` line, as far as it can be split. */
function* headerNames(header: string): Generator<string> {
  const same = sameName(header)
  if (same !== null) {
    yield same
  }
  for (const match of header.matchAll(/"(?:[^"\\]|\\.)*"/g)) {
    yield stripped(unquote(match[0]))
  }
}

function stripped(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

/** Undoes git's C-style quoting (git-config(1), core.quotePath); a name without quotes is as it is. */
export function unquote(text: string): string {
  const inner = /^"(?<inner>(?:[^"\\]|\\.)*)"/.exec(text)?.groups?.['inner']
  if (inner === undefined) {
    return text
  }
  return inner.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  )
}
