import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sha } from '../../../core/ids.ts'
import { isAtLeast } from '../../cli/git-version.ts'
import { runGit } from '../../cli/run-git.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'
import { applyHunks } from '../patch/apply-hunks.ts'
import type { FileDiff, FileMode } from '../patch/file-diff.ts'
import type { Repository } from '../repository.ts'
import { inTempFolder } from '../temp-folder.ts'
import { type Attributed, attributesFile } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'
import { type FilesChange, fileMode, isTurned, turningOf } from './change-files.ts'

/** One file on one of the three sides. */
interface Version {
  readonly mode: FileMode
  readonly sha: Sha
  /** Byte string. */
  readonly content: string
  /** Null where it is there already. */
  readonly made: GitObject | null
}

/** Files that no merge makes one of. */
export interface MergeConflict {
  readonly unmerged: readonly string[]
  /** What `git am` says to it. */
  readonly output: string
}

/**
 * What the 3-way merge of `git am -3` makes of a patch that does not apply as it stands: the files it was made from, as its
 * `index` lines name them, are the ancestor; what the patch makes of those is merged into the tree. A conflict is told where
 * the patch changes contents and nothing else, so that it can be no other. Null where git could look for renames, or merges in
 * another way than the merges of single files do.
 */
export async function mergeFiles(
  repository: Repository,
  files: Attributed,
  diffs: readonly FileDiff[],
  signal: AbortSignal | undefined,
): Promise<FilesChange | MergeConflict | null> {
  // From 2.50 on `git am` merges by another algorithm than `git merge-file`.
  if (isAtLeast(repository.version, 2, 50) || diffs.some(changesAttributes)) {
    return null
  }
  const ancestors = await readAncestors(repository, files, diffs, signal)
  if (ancestors === null || !areMovesFree(files, diffs, ancestors)) {
    return null
  }
  const changes = new Map<string, { readonly mode: FileMode; readonly sha: Sha } | null>()
  const blobs: GitObject[] = []
  const unmerged: string[] = []
  const areContents = diffs.every(changesContents)
  for (const diff of diffs) {
    const merged = await mergeFile(repository, files, diff, ancestors.get(diff) ?? null, signal)
    if (merged === null || (merged === 'conflict' && !areContents)) {
      return null
    }
    if (merged === 'conflict') {
      unmerged.push(diff.newPath ?? '')
      continue
    }
    for (const [name, version] of merged) {
      changes.set(name, version)
      if (version?.made) {
        blobs.push(version.made)
      }
    }
  }
  return unmerged.length === 0
    ? { changes, blobs, isMoved: false }
    : mergeConflict(files, diffs, ancestors, unmerged)
}

function changesContents({ kind, oldMode, newMode, newPath }: FileDiff): boolean {
  // git writes other names than these in quotes.
  const isPlainName = /^[\x20-\x7e]+$/.test(newPath ?? '') && !/["\\]/.test(newPath ?? '')
  return kind === 'modify' && newMode === null && oldMode !== '120000' && isPlainName
}

/** Told in the words of `git am`, which names files in the order of its lists. */
function mergeConflict(
  files: Attributed,
  diffs: readonly FileDiff[],
  ancestors: ReadonlyMap<FileDiff, Version>,
  unmerged: readonly string[],
): MergeConflict {
  const changed = diffs
    .filter((diff) => !isSame(current(files, diff.newPath ?? ''), ancestors.get(diff) ?? null))
    .map(({ newPath }) => newPath ?? '')
    .toSorted()
  const merges = changed
    .toReversed()
    .flatMap((name) => [
      `Auto-merging ${name}`,
      ...(unmerged.includes(name) ? [`CONFLICT (content): Merge conflict in ${name}`] : []),
    ])
  const output = [
    'Using index info to reconstruct a base tree...',
    ...changed.map((name) => `M\t${name}`),
    'Falling back to patching base and 3-way merge...',
    ...merges,
    'error: Failed to merge in the changes.',
  ].join('\n')
  return { unmerged: unmerged.toSorted(), output }
}

function changesAttributes({ oldPath, newPath }: FileDiff): boolean {
  return [oldPath, newPath].some((path) => path?.endsWith(attributesFile) === true)
}

/** The file that each diff was made from; null where one cannot be known. */
async function readAncestors(
  repository: Repository,
  files: Attributed,
  diffs: readonly FileDiff[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<FileDiff, Version> | null> {
  const old = diffs.filter(({ kind }) => kind !== 'create')
  const names = old.map(({ oldBlob }) => `${oldBlob}^{blob}`)
  const found = (await repository.reader?.find(names, signal)) ?? []
  const ancestors = new Map<FileDiff, Version>()
  for (const [index, diff] of old.entries()) {
    const mine = current(files, diff.oldPath ?? '')
    if (diff.kind === 'copy' || mine === null || diff.oldMode === null) {
      return null
    }
    if (diff.oldBlob === null && diff.hunks.length === 0) {
      ancestors.set(diff, { ...mine, mode: diff.oldMode })
      continue
    }
    const version = oneOf(files, diff, found[index] ?? null)
    if (version === null) {
      return null
    }
    ancestors.set(diff, version)
  }
  return ancestors
}

/** The blob that the abbreviated name stands for, in the repository or among what was made just now. */
function oneOf(
  files: Attributed,
  { oldBlob, oldMode }: FileDiff,
  found: { readonly sha: Sha; readonly content: Buffer | null } | null,
): Version | null {
  if (oldBlob === null || oldMode === null) {
    return null
  }
  const made = [...files.blobs].filter(([sha]) => sha.startsWith(oldBlob))
  const candidates = new Map<Sha, Buffer | null>(made)
  if (found !== null) {
    candidates.set(found.sha, found.content)
  }
  const [only] = candidates
  if (candidates.size !== 1 || only === undefined || only[1] === null) {
    return null
  }
  return { mode: oldMode, sha: only[0], content: only[1].toString('latin1'), made: null }
}

/** Where files go and others come, git may take the one for the other: that must make no difference. */
function areMovesFree(
  files: Attributed,
  diffs: readonly FileDiff[],
  ancestors: ReadonlyMap<FileDiff, Version>,
): boolean {
  const gone = diffs.filter(({ kind }) => kind === 'delete' || kind === 'rename')
  const come = diffs.filter(({ kind }) => kind === 'create' || kind === 'rename')
  if (gone.length === 0 || come.length === 0) {
    return true
  }
  return (
    gone.every((diff) => isSame(current(files, diff.oldPath ?? ''), ancestors.get(diff) ?? null)) &&
    come.every(({ newPath }) => findEntry(files.root, newPath ?? '') === null)
  )
}

async function mergeFile(
  repository: Repository,
  files: Attributed,
  diff: FileDiff,
  ancestor: Version | null,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Version | null> | 'conflict' | null> {
  const patched = applyHunks(ancestor?.content ?? '', diff.hunks)
  if (patched.outcome !== 'applied') {
    return null
  }
  if (diff.kind === 'delete') {
    const isUnchanged = isSame(current(files, diff.oldPath), ancestor)
    return patched.content === '' && isUnchanged ? new Map([[diff.oldPath, null]]) : null
  }
  const mode = diff.newMode ?? ancestor?.mode ?? null
  if (mode === null || (mode === '120000') !== ((ancestor?.mode ?? mode) === '120000')) {
    return null
  }
  const theirs = versionOf(mode, patched.content, ancestor?.sha ?? null)
  if (isTurned(turningOf(files, diff, theirs.content), theirs.content.includes('\r'))) {
    return null
  }
  if (ancestor === null || diff.kind !== 'modify') {
    const there = findEntry(files.root, diff.newPath)
    const isThere = there !== null && isSame(current(files, diff.newPath), theirs)
    return there === null || (isThere && diff.kind === 'create')
      ? new Map<string, Version | null>([
          ...(diff.kind === 'rename' ? [[diff.oldPath, null] as const] : []),
          [diff.newPath, theirs],
        ])
      : null
  }
  const mine = current(files, diff.newPath)
  const merged =
    mine === null ? null : await mergeVersions(repository, [ancestor, mine, theirs], signal)
  if (merged === null || merged === 'conflict') {
    return merged
  }
  return new Map([[diff.newPath, merged]])
}

async function mergeVersions(
  repository: Repository,
  [ancestor, mine, theirs]: readonly [Version, Version, Version],
  signal: AbortSignal | undefined,
): Promise<Version | 'conflict' | null> {
  const mode = oneChange(ancestor.mode, mine.mode, theirs.mode)
  if (mode === null) {
    return null
  }
  const sha = oneChange(ancestor.sha, mine.sha, theirs.sha)
  if (sha !== null) {
    return { ...(sha === mine.sha ? mine : theirs), mode }
  }
  const all = [ancestor, mine, theirs]
  if (all.some((version) => version.mode === '120000' || isBinary(version.content))) {
    return null
  }
  const merged = await mergeContents(repository, all, signal)
  return merged === null || merged === 'conflict'
    ? merged
    : versionOf(mode, merged.content, mine.sha)
}

/** What the side that changed it says; null where both did, and differ. */
function oneChange<T>(ancestor: T, mine: T, theirs: T): T | null {
  if (mine === theirs || mine === ancestor) {
    return theirs
  }
  return theirs === ancestor ? mine : null
}

/** The merge of single files is that of `git am`; null where git has another reason not to merge them. */
async function mergeContents(
  repository: Repository,
  versions: readonly Version[],
  signal: AbortSignal | undefined,
): Promise<{ readonly content: string } | 'conflict' | null> {
  return inTempFolder(repository.tempDirectory, 'merge', async (folder) => {
    for (const [index, { content }] of versions.entries()) {
      await writeFile(path.join(folder, String(index)), content, 'latin1')
    }
    const args = ['merge-file', '-p', '-q', '1', '0', '2']
    const call = { ...repository.view, cwd: folder }
    const { exitCode, stdout } = await runGit(args, call, signal)
    if (exitCode === 0) {
      return { content: Buffer.from(stdout).toString('latin1') }
    }
    // git-merge-file(1): the number of conflicts, cut off at 127; negative, so above, on a fault.
    return exitCode <= 127 ? 'conflict' : null
  })
}

/** Git merges no file with a NUL near its beginning (`buffer_is_binary` in xdiff-interface.c). */
function isBinary(content: string): boolean {
  return content.slice(0, 8000).includes('\0')
}

function current({ root, blobs }: Attributed, name: string): Version | null {
  const entry = findEntry(root, name)
  if (entry === null || entry === 'behind-a-file') {
    return null
  }
  const mode = fileMode(entry)
  const content = blobs.get(entry.sha)
  return mode === null || content === undefined
    ? null
    : { mode, sha: entry.sha, content: content.toString('latin1'), made: null }
}

function isSame(one: Version | null, other: Version | null): boolean {
  return one !== null && other !== null && one.sha === other.sha && one.mode === other.mode
}

function versionOf(mode: FileMode, content: string, basis: Sha | null): Version {
  const made = toObject('blob', Buffer.from(content, 'latin1'), basis)
  return { mode, sha: made.sha, content, made }
}
