import { readQuoted } from '../../../core/patch/diff-path.ts'
import type { FileDiff, FileMode, Hunk } from './file-diff.ts'
import { readHunks } from './read-hunks.ts'
import { isSafePath } from './safe-path.ts'

/**
 * The files of a patch (byte string) in the form that `git format-patch` writes. Null for everything else, be it
 * refused by `git apply` or only understood by it: binary files, submodules, other prefixes, plain diffs, odd paths and
 * modes, one path changed twice.
 */
export function readDiff(patch: string): readonly FileDiff[] | null {
  const files: FileDiff[] = []
  let at = 0
  while (at < patch.length) {
    const next = lineEnd(patch, at)
    if (patch.startsWith('diff --git ', at)) {
      const found = readFile(patch, at, next)
      if (found === null) {
        return null
      }
      files.push(found.file)
      at = found.end
    } else if (isMisplaced(patch, at, next)) {
      return null
    } else {
      at = next
    }
  }
  return files.length > 0 && areApart(files) ? files : null
}

/** What git would take for a hunk or a plain diff between the files. */
function isMisplaced(patch: string, at: number, next: number): boolean {
  return (
    patch.startsWith('@@ -', at) || (patch.startsWith('--- ', at) && patch.startsWith('+++ ', next))
  )
}

/** The lines between `diff --git` and the first hunk, in the order in which git writes them. */
const header =
  /(?:old mode (?<oldMode>\d{6})\nnew mode (?<newMode>\d{6})\n|new file mode (?<createdMode>\d{6})\n|deleted file mode (?<deletedMode>\d{6})\n)?(?:similarity index \d{1,3}%\n(?<move>rename|copy) from (?<from>[^\n]+)\n(?:rename|copy) to (?<to>[^\n]+)\n)?(?:index (?<oldBlob>[0-9a-f]{4,40})\.\.(?<newBlob>[0-9a-f]{4,40})(?: (?<mode>\d{6}))?\n)?(?:--- (?<oldName>[^\n]+)\n\+\+\+ (?<newName>[^\n]+)\n(?=@@ -))?/y

type Fields = Readonly<Record<string, string | undefined>>

function readFile(
  patch: string,
  from: number,
  start: number,
): { readonly file: FileDiff; readonly end: number } | null {
  header.lastIndex = start
  const found = header.exec(patch)
  const at = start + (found?.[0].length ?? 0)
  const hasHunks = found?.groups?.['oldName'] !== undefined
  // Whatever follows a header without hunks must be no part of it, in any form that git knows.
  if (found?.groups === undefined || (!hasHunks && !isAfterHeader(patch, at))) {
    return null
  }
  const body = hasHunks ? readHunks(patch, at) : { hunks: [], end: at }
  if (body === null || (hasHunks && body.hunks.length === 0)) {
    return null
  }
  const name = sharedName(patch.slice(from + 'diff --git '.length, start - 1))
  const file = fileOf(found.groups, name, body.hunks)
  return file === null ? null : { file, end: body.end }
}

function isAfterHeader(patch: string, at: number): boolean {
  return (
    at >= patch.length ||
    patch.startsWith('diff --git ', at) ||
    /-- ?\n|\n/y.test(patch.slice(at, at + 4))
  )
}

function fileOf(fields: Fields, shared: string | null, hunks: readonly Hunk[]): FileDiff | null {
  const paths = pathsOf(fields, shared)
  const modes = modesOf(fields)
  if (paths === null || modes === null || !areBlobsAsStated(fields, paths.kind)) {
    return null
  }
  const [first] = hunks
  const isWhole = hunks.length <= 1
  if (paths.kind === 'create' && !(isWhole && (first?.before.length ?? 0) === 0)) {
    return null
  }
  if (paths.kind === 'delete' && !(isWhole && (first?.after.length ?? 0) === 0)) {
    return null
  }
  if (paths.kind === 'modify' && hunks.length === 0 && modes.newMode === null) {
    return null
  }
  return {
    ...paths,
    ...modes,
    oldBlob: fields['oldBlob'] ?? null,
    newBlob: fields['newBlob'] ?? null,
    hunks,
  }
}

type Paths =
  | { readonly kind: 'create'; readonly oldPath: null; readonly newPath: string }
  | { readonly kind: 'delete'; readonly oldPath: string; readonly newPath: null }
  | {
      readonly kind: 'modify' | 'rename' | 'copy'
      readonly oldPath: string
      readonly newPath: string
    }

function pathsOf(fields: Fields, shared: string | null): Paths | null {
  const { from, to, move } = fields
  if (move !== undefined && from !== undefined && to !== undefined) {
    const [oldPath, newPath] = [nameOf(from), nameOf(to)]
    const isCreatedOrDeleted = (fields['createdMode'] ?? fields['deletedMode']) !== undefined
    if (oldPath === null || newPath === null || oldPath === newPath || isCreatedOrDeleted) {
      return null
    }
    const kind = move === 'rename' ? 'rename' : 'copy'
    return checked({ kind, oldPath, newPath }, fields)
  }
  if (shared === null) {
    return null
  }
  if (fields['createdMode'] !== undefined) {
    return checked({ kind: 'create', oldPath: null, newPath: shared }, fields)
  }
  if (fields['deletedMode'] !== undefined) {
    return checked({ kind: 'delete', oldPath: shared, newPath: null }, fields)
  }
  return checked({ kind: 'modify', oldPath: shared, newPath: shared }, fields)
}

/** Null where a path is not one for every file system, or the lines before the hunks name others. */
function checked(paths: Paths, fields: Fields): Paths | null {
  const { oldName, newName } = fields
  const isNamed =
    oldName === undefined ||
    newName === undefined ||
    (isMarker(oldName, 'a/', paths.oldPath) && isMarker(newName, 'b/', paths.newPath))
  const areSafe = [paths.oldPath, paths.newPath].every((path) => path === null || isSafePath(path))
  return isNamed && areSafe ? paths : null
}

/** A name with a blank in it ends in a tab. */
function isMarker(text: string, prefix: string, path: string | null): boolean {
  if (path === null) {
    return text === '/dev/null'
  }
  const name = text.startsWith('"') ? nameOf(text) : text.replace(/\t$/, '')
  return name === `${prefix}${path}`
}

/** A name that git may have quoted; null where the quotes are not whole. */
function nameOf(text: string): string | null {
  if (!text.startsWith('"')) {
    return text
  }
  const found = readQuoted(text, 0)
  return found?.end === text.length ? found.name : null
}

/** The one name of a `diff --git` line, of which it holds two; null where they differ. */
function sharedName(text: string): string | null {
  if (text.startsWith('"')) {
    const first = readQuoted(text, 0)
    const second =
      first === null || text[first.end] !== ' ' ? null : nameOf(text.slice(first.end + 1))
    const isShared = first?.name.startsWith('a/') === true && second === `b/${first.name.slice(2)}`
    return isShared ? first.name.slice(2) : null
  }
  const name = text.slice(2, (text.length - 1) / 2)
  return text === `a/${name} b/${name}` ? name : null
}

const modes: Readonly<Record<string, FileMode>> = {
  '100644': '100644',
  '100755': '100755',
  '120000': '120000',
}

/** Null for modes of submodules and for what no git writes. */
function modesOf(fields: Fields): Pick<FileDiff, 'oldMode' | 'newMode'> | null {
  const oldText = fields['oldMode'] ?? fields['deletedMode'] ?? fields['mode'] ?? null
  const newText = fields['newMode'] ?? fields['createdMode'] ?? null
  const oldMode = oldText === null ? null : (modes[oldText] ?? 'odd')
  const newMode = newText === null ? null : (modes[newText] ?? 'odd')
  return oldMode === 'odd' || newMode === 'odd' ? null : { oldMode, newMode }
}

/** Only what is created has no old blob, only what is deleted no new one. */
function areBlobsAsStated(fields: Fields, kind: FileDiff['kind']): boolean {
  const { oldBlob, newBlob } = fields
  if (oldBlob === undefined || newBlob === undefined) {
    return true
  }
  return isZero(oldBlob) === (kind === 'create') && isZero(newBlob) === (kind === 'delete')
}

function isZero(blob: string): boolean {
  return /^0+$/.test(blob)
}

/** Whether every path is changed once, and none is a folder of another. */
function areApart(files: readonly FileDiff[]): boolean {
  const changed = new Set<string>()
  for (const { kind, oldPath, newPath } of files) {
    const targets = kind === 'rename' ? [oldPath, newPath] : [newPath ?? oldPath ?? '']
    for (const path of targets) {
      if (changed.has(path)) {
        return false
      }
      changed.add(path)
    }
  }
  return ![...changed].some((path) => foldersOf(path).some((folder) => changed.has(folder)))
}

/** `a`, `a/b` of `a/b/c`. */
export function foldersOf(path: string): readonly string[] {
  const folders: string[] = []
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    folders.push(path.slice(0, at))
  }
  return folders
}

/** After the newline of the line at `from`; the end of the text where that has none. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at + 1
}
