import type { Sha } from '../../../core/ids.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'
import { applyHunks } from '../patch/apply-hunks.ts'
import type { FileDiff, FileMode } from '../patch/file-diff.ts'
import {
  type Attributed,
  attributesFile,
  mostOf,
  type Turning,
  turningFor,
  turningIn,
} from '../tree/attributes.ts'
import type { TreeEntry } from '../tree/entries.ts'
import { type Folder, findEntry } from '../tree/folder.ts'

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
export function changeFiles(files: Attributed, diffs: readonly FileDiff[]): FilesChange | null {
  const changes = new Map<string, { readonly mode: FileMode; readonly sha: Sha } | null>()
  const blobs: GitObject[] = []
  let isMoved = false
  let hasCr = false
  const turnings: Turning[] = []
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
    hasCr ||= done.hasCr
    turnings.push(done.turning)
  }
  return isTurned(mostOf(turnings), hasCr) ? null : { changes, blobs, isMoved }
}

/** Whether `git apply --index` refuses the patch for certain, be it for one of its files. */
export function isSurelyRefused(files: Attributed, diffs: readonly FileDiff[]): boolean {
  return diffs.some((diff) => isFileRefused(files, diff))
}

function isFileRefused(files: Attributed, diff: FileDiff): boolean {
  if (diff.kind !== 'modify' && diff.kind !== 'delete' && isFileAt(files.root, diff.newPath)) {
    return true
  }
  if (diff.oldPath === null) {
    return false
  }
  if (!isFileAt(files.root, diff.oldPath)) {
    const entry = findEntry(files.root, diff.oldPath)
    return entry === null || entry === 'behind-a-file'
  }
  const old = oldFile(files, diff)
  return (
    old !== null &&
    !isTurned(turningOf(files, diff, old.content), old.content.includes('\r')) &&
    applyHunks(old.content, diff.hunks).outcome === 'refused'
  )
}

function isFileAt(root: Folder, path: string): boolean {
  const entry = findEntry(root, path)
  return entry !== null && entry !== 'behind-a-file' && fileMode(entry) !== null
}

interface FileChange {
  /** Null: deleted. */
  readonly entry: { readonly mode: FileMode; readonly sha: Sha } | null
  readonly blobs: readonly GitObject[]
  readonly isMoved: boolean
  readonly hasCr: boolean
  /** What the attributes could do, those in the file itself included. */
  readonly turning: Turning
}

function changeFile(files: Attributed, diff: FileDiff): FileChange | null {
  const old = oldFile(files, diff)
  if (old === null || !isFree(files.root, diff)) {
    return null
  }
  const patched = applyHunks(old.content, diff.hunks)
  if (patched.outcome !== 'applied') {
    return null
  }
  const { content, isMoved } = patched
  const common = {
    isMoved,
    hasCr: old.content.includes('\r') || content.includes('\r'),
    turning: turningOf(files, diff, content),
  }
  if (diff.newPath === null) {
    return content === '' ? { entry: null, blobs: [], ...common } : null
  }
  const mode = diff.newMode ?? old.mode
  if (mode === null || !isLink(mode, content)) {
    return null
  }
  if (diff.hunks.length === 0 && old.sha !== null) {
    return { entry: { mode, sha: old.sha }, blobs: [], ...common }
  }
  const blob = toObject('blob', Buffer.from(content, 'latin1'), old.sha)
  return { entry: { mode, sha: blob.sha }, blobs: [blob], ...common }
}

interface OldFile {
  readonly content: string
  readonly mode: FileMode | null
  readonly sha: Sha | null
}

/** The file before the patch, empty for a new one; null where it is not what the patch is for. */
function oldFile({ root, blobs }: Attributed, diff: FileDiff): OldFile | null {
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

export function isSameType(one: FileMode, other: FileMode): boolean {
  return (one === '120000') === (other === '120000')
}

/** Whether nothing stands where a new name goes. */
function isFree(root: Folder, diff: FileDiff): boolean {
  return diff.kind === 'modify' || diff.kind === 'delete' || findEntry(root, diff.newPath) === null
}

/** What attributes could do to the file that a diff makes, and those that it holds to all others. */
export function turningOf(files: Attributed, diff: FileDiff, content: string): Turning {
  const paths = [diff.oldPath, diff.newPath].flatMap((path) => path ?? [])
  const said = turningFor(files, paths)
  return diff.newPath?.endsWith(attributesFile) === true ? mostOf([said, turningIn(content)]) : said
}

/** Whether git might write other contents than the patch says. */
export function isTurned(turning: Turning, hasCr: boolean): boolean {
  return turning === 'contents' || (turning === 'line-ends' && hasCr)
}

/** What a file system takes for the target of a link. */
function isLink(mode: FileMode, content: string): boolean {
  return mode !== '120000' || /^[^\0]{1,1000}$/s.test(content)
}
