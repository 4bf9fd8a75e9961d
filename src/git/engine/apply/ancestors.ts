import type { Sha } from '../../../core/ids.ts'
import type { FoundObject } from '../../objects/cat-file.ts'
import type { FileDiff } from '../patch/file-diff.ts'
import type { Repository } from '../repository.ts'
import type { Attributed } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'
import { current, type FileVersion } from './file-version.ts'
import type { Refusal } from './merge-refusal.ts'

/** The files that a patch was made from, each by its diff. */
export type Ancestors = ReadonlyMap<FileDiff, FileVersion>

/** Shorter names may stand for objects made just now that are no blobs. */
const shortestSure = 7
const fullLength = 40

/**
 * Finds the file that each diff was made from, as its `index` line names it; none for a new file. What `git am -3` says
 * where a file is not there; null where one cannot be known.
 */
export async function readAncestors(
  repository: Repository,
  files: Attributed,
  diffs: readonly FileDiff[],
  signal: AbortSignal | undefined,
): Promise<Ancestors | Refusal | null> {
  const old = diffs.filter(({ kind }) => kind !== 'create')
  const names = old.map(({ oldBlob }) => `${oldBlob}^{blob}`)
  const found = (await repository.reader?.find(names, signal)) ?? []
  const candidates = old.map((diff, index) => candidatesFor(files, diff, found[index] ?? null))
  const lacking = old.find((diff, index) => candidates[index]?.size !== 1 && !isAsNow(files, diff))
  if (lacking !== undefined) {
    const isNothing = candidates[old.indexOf(lacking)]?.size === 0
    return isNothing && (await isSurelyNowhere(repository, lacking, signal))
      ? refusalFor(lacking)
      : null
  }
  const ancestors = new Map<FileDiff, FileVersion>()
  for (const [index, diff] of old.entries()) {
    const version = versionFor(files, diff, candidates[index] ?? new Map())
    if (version === null) {
      return null
    }
    ancestors.set(diff, version)
  }
  return ancestors
}

/** The blobs that the abbreviated name stands for, in the repository or among what was made just now. */
function candidatesFor(
  files: Attributed,
  { oldBlob }: FileDiff,
  found: FoundObject | null,
): ReadonlyMap<Sha, Buffer | null> {
  if (oldBlob === null) {
    return new Map()
  }
  const made = [...files.blobs].filter(([sha]) => sha.startsWith(oldBlob))
  const candidates = new Map<Sha, Buffer | null>(made)
  if (found !== null) {
    candidates.set(found.sha, found.content)
  }
  return candidates
}

/** Where a patch changes no contents, git takes what there is. */
function isAsNow(files: Attributed, { oldPath, oldBlob, hunks }: FileDiff): boolean {
  const isUnnamed = oldBlob === null && hunks.length === 0
  return isUnnamed && findEntry(files.root, oldPath ?? '') !== null
}

/** Of several things with that name git would say more. */
async function isSurelyNowhere(
  repository: Repository,
  { oldBlob, hunks }: FileDiff,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (hunks.length === 0) {
    return false
  }
  if (oldBlob === null) {
    return true
  }
  const isAbbreviated = oldBlob.length >= shortestSure && oldBlob.length < fullLength
  const [isNothing] = (await repository.reader?.areNothing([oldBlob], signal)) ?? []
  return isAbbreviated && isNothing === true
}

function refusalFor({ oldPath }: FileDiff): Refusal {
  const name = Buffer.from(oldPath ?? '', 'latin1').toString('utf8')
  return {
    outcome: 'refused',
    paths: [name],
    output: `error: sha1 information is lacking or useless (${name}).\nerror: could not build fake ancestor`,
  }
}

function versionFor(
  files: Attributed,
  { kind, oldPath, oldMode, oldBlob, hunks }: FileDiff,
  candidates: ReadonlyMap<Sha, Buffer | null>,
): FileVersion | null {
  const mine = current(files, oldPath ?? '')
  if (kind === 'copy' || mine === null || oldMode === null) {
    return null
  }
  if (oldBlob === null && hunks.length === 0) {
    return { ...mine, mode: oldMode }
  }
  const [only] = candidates
  return only === undefined || only[1] === null
    ? null
    : { mode: oldMode, sha: only[0], content: only[1].toString('latin1'), made: null }
}
