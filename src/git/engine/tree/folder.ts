import type { Sha } from '../../../core/ids.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'
import type { FileMode } from '../patch/file-diff.ts'
import { findPlace, folderMode, insertionPoint, type Place, type TreeEntry } from './entries.ts'

/** A tree object and those below it that were read. Never changed: `changeFolder` makes another. */
export interface Folder {
  /** Null: there is none yet. */
  readonly sha: Sha | null
  readonly bytes: Buffer
  /** By name; byte strings. */
  readonly folders: ReadonlyMap<string, Folder>
  /** What was looked for in `bytes`, as every name is looked for several times. */
  readonly places: Map<string, Place | null>
}

/** What shall stand at a path; null: nothing. */
export type FileChanges = ReadonlyMap<string, (TreeEntry & { readonly mode: FileMode }) | null>

const emptyFolder: Folder = {
  sha: null,
  bytes: Buffer.alloc(0),
  folders: new Map(),
  places: new Map(),
}

/** The entry at a path, or what is known to stand in its way; throws TypeError for a folder that was not read. */
export function findEntry(root: Folder, path: string): TreeEntry | null | 'behind-a-file' {
  const names = path.split('/')
  const last = names.pop() ?? ''
  let folder = root
  for (const name of names) {
    const place = placeOf(folder, name)
    if (place === null) {
      return null
    }
    if (place.entry.mode !== folderMode) {
      return 'behind-a-file'
    }
    folder = below(folder, name)
  }
  return placeOf(folder, last)?.entry ?? null
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
    const isThere = placeOf(folder, name) !== null
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
  let changed = { bytes: folder.bytes, places: folder.places }
  for (const [name, entry] of here) {
    changed = withEntry(changed, name, entry)
  }
  const tree = toObject('tree', changed.bytes, folder.sha)
  return {
    folder: { sha: tree.sha, ...changed, folders },
    sha: tree.sha,
    objects: [...objects, tree],
  }
}

function below(folder: Folder, name: string): Folder {
  const found = folder.folders.get(name)
  if (found === undefined) {
    throw new TypeError(`the folder ${JSON.stringify(name)} was not read`)
  }
  return found
}

function placeOf({ bytes, places }: Entries, name: string): Place | null {
  const known = places.get(name)
  if (known !== undefined) {
    return known
  }
  const found = findPlace(bytes, name)
  places.set(name, found)
  return found
}

type Entries = Pick<Folder, 'bytes' | 'places'>

function withEntry(entries: Entries, name: string, entry: TreeEntry | null): Entries {
  const { bytes, places } = entries
  const old = placeOf(entries, name)
  const added =
    entry === null
      ? []
      : [Buffer.from(`${entry.mode} ${name}\0`, 'latin1'), Buffer.from(entry.sha, 'hex')]
  if (old !== null && entry !== null && old.entry.mode === entry.mode) {
    // Nothing else moves: what is known of the others stays true.
    const { start, end } = old
    return {
      bytes: Buffer.concat([bytes.subarray(0, start), ...added, bytes.subarray(end)]),
      places: new Map(places).set(name, { entry, start, end }),
    }
  }
  // What becomes a folder, or stops being one, sorts elsewhere.
  const without =
    old === null ? bytes : Buffer.concat([bytes.subarray(0, old.start), bytes.subarray(old.end)])
  const at = entry === null ? 0 : insertionPoint(without, name, entry.mode === folderMode)
  return {
    bytes: Buffer.concat([without.subarray(0, at), ...added, without.subarray(at)]),
    places: new Map(),
  }
}
