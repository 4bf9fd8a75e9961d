import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sha } from '../../../core/ids.ts'
import { isAtLeast } from '../../cli/git-version.ts'
import { runGit } from '../../cli/run-git.ts'
import type { GitObject } from '../../objects/object-encoding.ts'
import { mergeContents } from '../merge/merge-contents.ts'
import { applyHunks } from '../patch/apply-hunks.ts'
import type { FileDiff, FileMode } from '../patch/file-diff.ts'
import type { Repository } from '../repository.ts'
import { inTempFolder } from '../temp-folder.ts'
import { type Attributed, attributesFile, mostOf, turningIn } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'
import { type Ancestors, readAncestors } from './ancestors.ts'
import { type FilesChange, isTurned, turningOf } from './change-files.ts'
import { current, type FileVersion, isSame, versionOf } from './file-version.ts'
import { areTellable, type MergedFile, mergeRefusal, type Refusal } from './merge-refusal.ts'

/**
 * What the 3-way merge of `git am -3` makes of a patch that does not apply as it stands: the files it was made from, as its
 * `index` lines name them, are the ancestor; what the patch makes of those is merged into the tree. A refusal is told where
 * it can be no other. Null where git could look for renames, or merges in another way than the merges of single files do.
 */
export async function mergeFiles(
  repository: Repository,
  files: Attributed,
  diffs: readonly FileDiff[],
  signal: AbortSignal | undefined,
): Promise<FilesChange | Refusal | null> {
  const ancestors = await readAncestors(repository, files, diffs, signal)
  if (ancestors === null || 'outcome' in ancestors) {
    return ancestors
  }
  // From 2.50 on `git am` merges by another algorithm than `git merge-file`.
  const isOther = isAtLeast(repository.version, 2, 50)
  if (
    isOther ||
    isTurnedByItself(files, diffs, ancestors) ||
    !areMovesFree(files, diffs, ancestors)
  ) {
    return null
  }
  const changes = new Map<string, { readonly mode: FileMode; readonly sha: Sha } | null>()
  const blobs: GitObject[] = []
  const merges: MergedFile[] = []
  for (const diff of diffs) {
    const merged = await mergeFile(repository, files, diff, ancestors.get(diff) ?? null, signal)
    if (merged === null) {
      return null
    }
    merges.push(merged)
    for (const [name, version] of merged.changes) {
      changes.set(name, version)
      blobs.push(...(version?.made ? [version.made] : []))
    }
  }
  if (merges.some(({ how }) => how === 'conflict')) {
    return areTellable(files, merges) ? mergeRefusal(merges) : null
  }
  return { changes, blobs, isMoved: false }
}

/** Whether attributes that the patch changes, in the form of either side, could turn one of its files into something else. */
function isTurnedByItself(
  files: Attributed,
  diffs: readonly FileDiff[],
  ancestors: Ancestors,
): boolean {
  const attributes = diffs.filter(changesAttributes)
  if (attributes.length === 0) {
    return false
  }
  function textsOf(diff: FileDiff): readonly string[] {
    const mine = current(files, diff.newPath ?? diff.oldPath ?? '')
    const added = diff.hunks.map(({ after }) => after.join(''))
    return [ancestors.get(diff)?.content ?? '', mine?.content ?? '', ...added]
  }
  const turning = mostOf(attributes.flatMap(textsOf).map(turningIn))
  const hasCr = diffs.some((diff) => textsOf(diff).some((text) => text.includes('\r')))
  return isTurned(turning, hasCr)
}

function changesAttributes({ oldPath, newPath }: FileDiff): boolean {
  return [oldPath, newPath].some((path) => path?.endsWith(attributesFile) === true)
}

/** Where files go and others come, git may take the one for the other: that must make no difference. */
function areMovesFree(
  files: Attributed,
  diffs: readonly FileDiff[],
  ancestors: Ancestors,
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

type Merge = MergedFile & { readonly changes: ReadonlyMap<string, FileVersion | null> }

async function mergeFile(
  repository: Repository,
  files: Attributed,
  diff: FileDiff,
  ancestor: FileVersion | null,
  signal: AbortSignal | undefined,
): Promise<Merge | null> {
  const patched = applyHunks(ancestor?.content ?? '', diff.hunks)
  if (patched.outcome !== 'applied') {
    return null
  }
  const asTheirs = { diff, how: 'as-theirs', changed: 'nothing' } as const
  if (diff.kind === 'delete') {
    const isUnchanged = isSame(current(files, diff.oldPath), ancestor)
    return patched.content === '' && isUnchanged
      ? { ...asTheirs, changes: new Map([[diff.oldPath, null]]) }
      : null
  }
  const mode = diff.newMode ?? ancestor?.mode ?? null
  if (mode === null || (mode === '120000') !== ((ancestor?.mode ?? mode) === '120000')) {
    return null
  }
  const theirs = versionOf(mode, patched.content, ancestor?.sha ?? null)
  if (isTurned(turningOf(files, diff, theirs.content), theirs.content.includes('\r'))) {
    return null
  }
  if (ancestor !== null && diff.kind === 'modify') {
    const mine = current(files, diff.newPath)
    return mine === null ? null : mergeVersions(repository, diff, [ancestor, mine, theirs], signal)
  }
  const there = findEntry(files.root, diff.newPath)
  const isThere = there !== null && isSame(current(files, diff.newPath), theirs)
  if (there !== null && !(isThere && diff.kind === 'create')) {
    return null
  }
  const changes = new Map<string, FileVersion | null>([[diff.newPath, theirs]])
  return {
    ...asTheirs,
    changes: diff.kind === 'rename' ? changes.set(diff.oldPath, null) : changes,
  }
}

async function mergeVersions(
  repository: Repository,
  diff: FileDiff & { readonly newPath: string },
  [ancestor, mine, theirs]: readonly [FileVersion, FileVersion, FileVersion],
  signal: AbortSignal | undefined,
): Promise<Merge | null> {
  const mode = oneChange(ancestor.mode, mine.mode, theirs.mode)
  if (mode === null) {
    return null
  }
  const isModeKept = ancestor.mode === mine.mode
  const changed = isModeKept ? (ancestor.sha === mine.sha ? 'nothing' : 'contents') : 'mode'
  const sha = oneChange(ancestor.sha, mine.sha, theirs.sha)
  if (sha !== null) {
    const version = { ...(sha === mine.sha ? mine : theirs), mode }
    const how = isSame(mine, theirs) ? 'both-alike' : 'as-theirs'
    return { diff, how, changed, changes: new Map([[diff.newPath, version]]) }
  }
  const all = [ancestor, mine, theirs]
  if (all.some((version) => version.mode === '120000' || isBinary(version.content))) {
    return null
  }
  const merged =
    mergeContents(ancestor.content, mine.content, theirs.content) ??
    (await mergeByGit(repository, all, signal))
  if (merged === null) {
    return null
  }
  if (merged === 'conflict') {
    return { diff, how: 'conflict', changed, changes: new Map() }
  }
  const version = versionOf(mode, merged.content, mine.sha)
  return { diff, how: 'merged', changed, changes: new Map([[diff.newPath, version]]) }
}

/** What the side that changed it says; null where both did, and differ. */
function oneChange<T>(ancestor: T, mine: T, theirs: T): T | null {
  if (mine === theirs || mine === ancestor) {
    return theirs
  }
  return theirs === ancestor ? mine : null
}

/** The merge of single files is that of `git am`; null where git has another reason not to merge them. */
async function mergeByGit(
  repository: Repository,
  versions: readonly FileVersion[],
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
