import type { Sha } from '../../../core/ids.ts'
import type { FoundObject, ObjectReader } from '../../objects/cat-file.ts'
import type { FileDiff } from '../patch/file-diff.ts'
import { foldersOf } from '../patch/read-diff.ts'
import { type Attributed, attributesFile } from './attributes.ts'
import { isWellFormed } from './entries.ts'
import type { Folder } from './folder.ts'

/** What the patches of a series can touch of the commit they are applied on. */
export interface BaseState extends Attributed {
  readonly tree: Sha
}

/**
 * Reads the base with every folder and file that the diffs name, in one round trip. Null where it is no commit, or git's own
 * hand is needed: folders as old gits wrote them, files too large to take into memory.
 */
export async function readBase(
  reader: ObjectReader,
  base: Sha,
  diffs: readonly FileDiff[],
  signal: AbortSignal | undefined,
): Promise<BaseState | null> {
  const [folders, files] = pathsOf(diffs)
  const names = [base, `${base}:`, ...[...folders, ...files].map((path) => `${base}:${path}`)]
  const [commit, tree, ...rest] = await reader.find(names, signal)
  if (commit?.type !== 'commit' || tree?.type !== 'tree') {
    return null
  }
  const trees = new Map<string, Tree>([['', { sha: tree.sha, bytes: tree.content ?? tooLarge }]])
  const blobs = new Map<Sha, Buffer>()
  for (const [index, path] of [...folders, ...files].entries()) {
    const found: FoundObject | null = rest[index] ?? null
    if (found !== null && found.content === null) {
      return null
    }
    if (found?.type === 'tree' && index < folders.size) {
      trees.set(path, { sha: found.sha, bytes: found.content ?? tooLarge })
    } else if (found?.type === 'blob') {
      blobs.set(found.sha, found.content ?? tooLarge)
    }
  }
  return [...trees.values()].every(({ bytes }) => isWellFormed(bytes))
    ? { tree: tree.sha, root: assemble('', trees), blobs, turnings: new Map() }
    : null
}

const tooLarge = Buffer.alloc(0)

/** Every folder on the way to a file, and the files that are read, with what git could say about their line ends. */
function pathsOf(diffs: readonly FileDiff[]): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  const folders = new Set<string>()
  const files = new Set<string>([attributesFile])
  for (const { oldPath, newPath } of diffs) {
    for (const path of [oldPath, newPath]) {
      for (const folder of path === null ? [] : foldersOf(path)) {
        folders.add(folder)
        files.add(`${folder}/${attributesFile}`)
      }
    }
    if (oldPath !== null) {
      files.add(oldPath)
    }
  }
  return [folders, files]
}

type Tree = Pick<Folder, 'sha' | 'bytes'>

function assemble(path: string, trees: ReadonlyMap<string, Tree>): Folder {
  const folders = new Map<string, Folder>()
  const prefix = path === '' ? '' : `${path}/`
  for (const other of trees.keys()) {
    const name = other.slice(prefix.length)
    if (other !== '' && other.startsWith(prefix) && name !== '' && !name.includes('/')) {
      folders.set(name, assemble(other, trees))
    }
  }
  const { sha, bytes } = trees.get(path) ?? { sha: null, bytes: Buffer.alloc(0) }
  return { sha, bytes, folders, places: new Map() }
}
