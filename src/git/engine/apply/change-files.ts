import type { Sha } from '../../../core/ids.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'
import { applyHunks } from '../patch/apply-hunks.ts'
import type { FileDiff, FileMode } from '../patch/file-diff.ts'
import { foldersOf } from '../patch/read-diff.ts'
import { attributesFile } from '../tree/base-state.ts'
import { type Folder, findEntry, type TreeEntry } from '../tree/folder.ts'

export interface Files {
  readonly root: Folder
  readonly blobs: ReadonlyMap<Sha, Buffer>
}

export interface FilesChange {
  readonly changes: ReadonlyMap<string, { readonly mode: FileMode; readonly sha: Sha } | null>
  readonly blobs: readonly GitObject[]
  /** Whether a hunk was found elsewhere than its header says. */
  readonly isMoved: boolean
}

/**
 * What one patch makes of the files, as `git apply --index` does where nothing in the way needs a closer look; null where
 * something does, and where git would refuse.
 */
export function changeFiles(files: Files, diffs: readonly FileDiff[]): FilesChange | null {
  const changes = new Map<string, { readonly mode: FileMode; readonly sha: Sha } | null>()
  const blobs: GitObject[] = []
  let isMoved = false
  for (const diff of diffs) {
    const done = changeFile(files, diff)
    if (done === null) {
      return null
    }
    if (diff.kind === 'delete' || diff.kind === 'rename') {
      changes.set(diff.oldPath, null)
    }
    if (done.entry !== null && diff.newPath !== null) {
      changes.set(diff.newPath, done.entry)
    }
    blobs.push(...done.blobs)
    isMoved ||= done.isMoved
  }
  return { changes, blobs, isMoved }
}

interface FileChange {
  /** Null: deleted. */
  readonly entry: { readonly mode: FileMode; readonly sha: Sha } | null
  readonly blobs: readonly GitObject[]
  readonly isMoved: boolean
}

function changeFile(files: Files, diff: FileDiff): FileChange | null {
  const old = oldFile(files, diff)
  if (old === null || !isFree(files.root, diff)) {
    return null
  }
  const patched = applyHunks(old.content, diff.hunks)
  if (patched.outcome !== 'applied') {
    return null
  }
  const { content, isMoved } = patched
  if (diff.newPath === null) {
    return content === '' ? { entry: null, blobs: [], isMoved } : null
  }
  const mode = diff.newMode ?? old.mode
  if (mode === null || !isPlain(files, diff, [old.content, content]) || !isLink(mode, content)) {
    return null
  }
  if (diff.hunks.length === 0 && old.sha !== null) {
    return { entry: { mode, sha: old.sha }, blobs: [], isMoved }
  }
  const blob = toObject('blob', Buffer.from(content, 'latin1'))
  return { entry: { mode, sha: blob.sha }, blobs: [blob], isMoved }
}

interface OldFile {
  readonly content: string
  readonly mode: FileMode | null
  readonly sha: Sha | null
}

/** The file before the patch, empty for a new one; null where it is not what the patch is for. */
function oldFile({ root, blobs }: Files, diff: FileDiff): OldFile | null {
  if (diff.oldPath === null) {
    return { content: '', mode: null, sha: null }
  }
  const entry = findEntry(root, diff.oldPath)
  if (entry === null || entry === 'behind-a-file') {
    return null
  }
  const mode = fileMode(entry)
  const content = blobs.get(entry.sha)
  if (mode === null || content === undefined || !isSameType(mode, diff.oldMode ?? mode)) {
    return null
  }
  // A link that becomes a file, or the reverse, is two changes to git.
  if (!isSameType(mode, diff.newMode ?? mode)) {
    return null
  }
  return { content: content.toString('latin1'), mode, sha: entry.sha }
}

/** Null for folders, submodules and modes that only old trees have. */
export function fileMode({ mode }: TreeEntry): FileMode | null {
  return mode === '100644' || mode === '100755' || mode === '120000' ? mode : null
}

function isSameType(one: FileMode, other: FileMode): boolean {
  return (one === '120000') === (other === '120000')
}

/** Whether nothing stands where a new name goes. */
function isFree(root: Folder, diff: FileDiff): boolean {
  return diff.kind === 'modify' || diff.kind === 'delete' || findEntry(root, diff.newPath) === null
}

/** Attributes by which git could turn any content into something else on its way through a work tree, or merge otherwise. */
const turning = new Set(['filter', 'ident', 'working-tree-encoding', 'merge', '[attr]'])
/** Those that do it to line ends alone. */
const turningLineEnds = new Set(['text', 'crlf', 'eol', 'binary'])

/** False where attributes (gitattributes(5)) say what to do with the content, whichever file they are for, or change themselves. */
export function isPlain(
  { root, blobs }: Files,
  diff: FileDiff,
  contents: readonly string[],
): boolean {
  const paths = [diff.oldPath, diff.newPath].flatMap((path) => path ?? [])
  if (paths.some((path) => path.endsWith(attributesFile))) {
    return false
  }
  const hasCr = contents.some((content) => content.includes('\r'))
  const folders = new Set(paths.flatMap((path) => ['', ...foldersOf(path)]))
  for (const folder of folders) {
    const entry = findEntry(root, folder === '' ? attributesFile : `${folder}/${attributesFile}`)
    if (entry === null || entry === 'behind-a-file') {
      continue
    }
    const said = blobs.get(entry.sha)?.toString('latin1')
    const names = said === undefined ? null : attributesIn(said)
    if (names === null || names.some((name) => turning.has(name))) {
      return false
    }
    if (hasCr && names.some((name) => turningLineEnds.has(name))) {
      return false
    }
  }
  return true
}

/** Every attribute that is named, whatever the pattern before it; macros by their `[attr]`. */
function attributesIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, ...words] = line
      .trim()
      .replace(/^"(?:[^"\\]|\\.)*"/, 'quoted')
      .split(/[ \t\r]+/)
    const names = words.map((word) => word.replace(/^[-!]/, '').replace(/=.*$/s, ''))
    return line.includes('[attr]') ? ['[attr]', ...names] : names
  })
}

/** What a file system takes for the target of a link. */
function isLink(mode: FileMode, content: string): boolean {
  return mode !== '120000' || /^[^\0]{1,1000}$/s.test(content)
}
