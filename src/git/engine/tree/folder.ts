import type { Sha } from '../../../core/ids.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'
import type { FileMode } from '../patch/file-diff.ts'

/** A tree object and those below it that were read. Never changed: `changeFolder` makes another. */
export interface Folder {
  readonly bytes: Buffer
  /** By name; byte strings. */
  readonly folders: ReadonlyMap<string, Folder>
}

export interface TreeEntry {
  readonly mode: string
  readonly sha: Sha
}

/** What shall stand at a path; null: nothing. */
export type FileChanges = ReadonlyMap<string, (TreeEntry & { readonly mode: FileMode }) | null>

const folderMode = '40000'
const emptyFolder: Folder = { bytes: Buffer.alloc(0), folders: new Map() }

interface Place {
  /** Null: it would have to be put in at `start`. */
  readonly entry: TreeEntry | null
  readonly start: number
  readonly end: number
}

/** The entry at a path, or what is known to stand in its way; throws TypeError for a folder that was not read. */
export function findEntry(root: Folder, path: string): TreeEntry | null | 'behind-a-file' {
  const names = path.split('/')
  const last = names.pop() ?? ''
  let folder = root
  for (const name of names) {
    const { entry } = placeOf(folder.bytes, name)
    if (entry === null) {
      return null
    }
    if (entry.mode !== folderMode) {
      return 'behind-a-file'
    }
    folder = below(folder, name)
  }
  return placeOf(folder.bytes, last).entry
}

/** The folder with the changes made, and the tree objects that are new in it; itself the last of them. */
export function changeFolder(
  folder: Folder,
  changes: FileChanges,
): { readonly folder: Folder; readonly sha: Sha; readonly objects: readonly GitObject[] } {
  const here = new Map<string, TreeEntry | null>()
  const deeper = new Map<string, Map<string, (TreeEntry & { readonly mode: FileMode }) | null>>()
  for (const [path, change] of changes) {
    const at = path.indexOf('/')
    if (at === -1) {
      here.set(path, change)
    } else {
      const name = path.slice(0, at)
      const rest = deeper.get(name) ?? new Map()
      deeper.set(name, rest.set(path.slice(at + 1), change))
    }
  }
  const objects: GitObject[] = []
  const folders = new Map(folder.folders)
  for (const [name, rest] of deeper) {
    const isThere = placeOf(folder.bytes, name).entry !== null
    const changed = changeFolder(isThere ? below(folder, name) : emptyFolder, rest)
    const isEmpty = changed.folder.bytes.length === 0
    here.set(name, isEmpty ? null : { mode: folderMode, sha: changed.sha })
    if (isEmpty) {
      folders.delete(name)
    } else {
      folders.set(name, changed.folder)
      objects.push(...changed.objects)
    }
  }
  let { bytes } = folder
  for (const [name, entry] of here) {
    bytes = withEntry(bytes, name, entry)
  }
  const tree = toObject('tree', bytes)
  return { folder: { bytes, folders }, sha: tree.sha, objects: [...objects, tree] }
}

function below(folder: Folder, name: string): Folder {
  const found = folder.folders.get(name)
  if (found === undefined) {
    throw new TypeError(`the folder ${JSON.stringify(name)} was not read`)
  }
  return found
}

function withEntry(bytes: Buffer, name: string, entry: TreeEntry | null): Buffer {
  const old = placeOf(bytes, name)
  const isFolder = entry?.mode === folderMode
  // What becomes a folder, or stops being one, sorts elsewhere.
  const without =
    old.entry === null
      ? bytes
      : Buffer.concat([bytes.subarray(0, old.start), bytes.subarray(old.end)])
  if (entry === null) {
    return without
  }
  const at = insertionPoint(without, isFolder ? `${name}/` : name)
  const head = Buffer.from(`${entry.mode} ${name}\0`, 'latin1')
  const sha = Buffer.from(entry.sha, 'hex')
  return Buffer.concat([without.subarray(0, at), head, sha, without.subarray(at)])
}

/** Entry by entry: what looks like a name may be part of a sha. */
function placeOf(bytes: Buffer, name: string): Place {
  const wanted = Buffer.from(name, 'latin1')
  for (let start = 0; start < bytes.length; ) {
    const { nameStart, nameEnd, end } = entryAt(bytes, start)
    if (nameEnd - nameStart === wanted.length && wanted.compare(bytes, nameStart, nameEnd) === 0) {
      const mode = bytes.toString('latin1', start, nameStart - 1)
      const sha = bytes.toString('hex', nameEnd + 1, end) as Sha
      return { entry: { mode, sha }, start, end }
    }
    start = end
  }
  return { entry: null, start: bytes.length, end: bytes.length }
}

/** Folders sort as if their names ended in a slash. */
function insertionPoint(bytes: Buffer, key: string): number {
  const wanted = Buffer.from(key, 'latin1')
  for (let start = 0; start < bytes.length; ) {
    const { nameStart, nameEnd, end } = entryAt(bytes, start)
    const isFolder = bytes.toString('latin1', start, nameStart - 1) === folderMode
    const name = bytes.subarray(nameStart, nameEnd)
    if (wanted.compare(isFolder ? Buffer.concat([name, slash]) : name) < 0) {
      return start
    }
    start = end
  }
  return bytes.length
}

const slash = Buffer.from('/')
const shaBytes = 20

function entryAt(
  bytes: Buffer,
  start: number,
): { readonly nameStart: number; readonly nameEnd: number; readonly end: number } {
  const nameStart = bytes.indexOf(0x20, start) + 1
  const nameEnd = bytes.indexOf(0, nameStart)
  if (nameStart === 0 || nameEnd === -1) {
    throw new TypeError('not a tree object')
  }
  return { nameStart, nameEnd, end: nameEnd + 1 + shaBytes }
}

const knownModes = new Set([folderMode, '100644', '100755', '120000', '160000'])

/** Whether git would write these bytes itself: old trees hold modes that it mends when it writes the folder again. */
export function isWellFormed(bytes: Buffer): boolean {
  for (let start = 0; start < bytes.length; ) {
    const { nameStart, end } = entryAt(bytes, start)
    if (!knownModes.has(bytes.toString('latin1', start, nameStart - 1))) {
      return false
    }
    start = end
  }
  return true
}
