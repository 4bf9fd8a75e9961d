import type { FileDiff } from '../patch/file-diff.ts'
import type { Attributed } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'

/** That a patch does not apply, which files are to blame, and what `git am` says to it. */
export interface Refusal {
  readonly outcome: 'refused'
  /** As text. */
  readonly paths: readonly string[]
  readonly output: string
}

/** What became of a file in a merge. */
export interface MergedFile {
  readonly diff: FileDiff
  /** `merged`: both sides changed it, to something else each. */
  readonly how: 'as-theirs' | 'both-alike' | 'merged' | 'conflict'
  /** What is other in mine than in the ancestor. */
  readonly changed: 'nothing' | 'contents' | 'mode'
}

/**
 * Whether the words of `git am` for a conflict are known where these files are merged: contents that change, new files where
 * nothing is, and, where no new file could be taken for theirs, files that go.
 */
export function areTellable(files: Attributed, merges: readonly MergedFile[]): boolean {
  const kinds = new Set(merges.map(({ diff }) => diff.kind))
  const isMove = kinds.has('create') && kinds.has('delete')
  return !isMove && merges.every((merge) => isTellable(files, merge))
}

function isTellable(files: Attributed, { diff, changed }: MergedFile): boolean {
  const { kind, oldMode, newMode, oldPath, newPath } = diff
  const isLink = (oldMode ?? newMode) === '120000'
  if (isLink || changed === 'mode' || !isPlainName(newPath ?? oldPath ?? '')) {
    return false
  }
  return kind === 'create'
    ? findEntry(files.root, newPath) === null
    : kind === 'delete' || (kind === 'modify' && newMode === null)
}

/** Git writes other names than these in quotes. */
function isPlainName(name: string): boolean {
  return /^[\x20-\x7e]+$/.test(name) && !/["\\]/.test(name)
}

/** A conflict of contents in the words of `git am`, which names files in the order of its lists. */
export function mergeRefusal(merges: readonly MergedFile[]): Refusal {
  const byName = merges
    .map((merge) => ({ ...merge, name: merge.diff.newPath ?? merge.diff.oldPath ?? '' }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const unmerged = byName.filter(({ how }) => how === 'conflict')
  const output = [
    'Using index info to reconstruct a base tree...',
    ...byName.filter(({ changed }) => changed !== 'nothing').map(({ name }) => `M\t${name}`),
    'Falling back to patching base and 3-way merge...',
    ...byName.toReversed().flatMap(linesFor),
    'error: Failed to merge in the changes.',
  ].join('\n')
  return { outcome: 'refused', paths: unmerged.map(({ name }) => name), output }
}

function linesFor({ how, diff, name }: MergedFile & { readonly name: string }): readonly string[] {
  if (how === 'conflict') {
    return [`Auto-merging ${name}`, `CONFLICT (content): Merge conflict in ${name}`]
  }
  if (how === 'merged') {
    return [`Auto-merging ${name}`]
  }
  return diff.kind === 'delete' ? [`Removing ${name}`] : []
}
