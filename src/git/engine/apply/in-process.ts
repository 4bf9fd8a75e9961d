import type { AppliedCommit, AppliedHow, Conflict } from '../../../core/apply/application.ts'
import type { Sha } from '../../../core/ids.ts'
import type { Mailbox } from '../../../core/message.ts'
import type { GitObject } from '../../objects/object-encoding.ts'
import type { FileDiff } from '../patch/file-diff.ts'
import { readDiff } from '../patch/read-diff.ts'
import type { Repository } from '../repository.ts'
import type { Attributed } from '../tree/attributes.ts'
import { type BaseState, readBase } from '../tree/base-state.ts'
import { changeFolder, findEntry } from '../tree/folder.ts'
import { changeFiles, type FilesChange, isSurelyRefused } from './change-files.ts'
import { commitObject } from './commit-object.ts'
import type { MailPatch } from './mail-patch.ts'
import { mergeFiles } from './merge-files.ts'
import { ownConflict } from './own-conflict.ts'

/** What this process could do of a series. */
export interface OwnWork {
  /** Of the first patches, one each. */
  readonly commits: readonly AppliedCommit[]
  /** The last commit, the base where there is none. */
  readonly head: Sha
  /** All that is new in them. */
  readonly objects: readonly GitObject[]
  /** The patch after them was understood, and does not fit: git is likely to refuse it. */
  readonly isNextDoubtful: boolean
  /** What git would refuse the next patch for, where that is certain; null where it is not, or there is no next one. */
  readonly conflict: Conflict | null
}

/** Patches that this process understands, with the part of the base that they can touch. */
export interface Understood {
  readonly base: Sha
  readonly state: BaseState
  /** Of the first patches of the series, one each. */
  readonly diffs: readonly (readonly FileDiff[])[]
}

/** As many patches at the front as are written in the common form; null when it is none, or the base needs git's own hand. */
export async function understand(
  repository: Repository,
  base: Sha,
  patches: readonly MailPatch[],
  signal: AbortSignal | undefined,
): Promise<Understood | null> {
  const diffs: (readonly FileDiff[])[] = []
  for (const { known } of patches) {
    const files = known === null ? null : readDiff(known.patch)
    if (files === null) {
      break
    }
    diffs.push(files)
  }
  if (diffs.length === 0 || repository.reader === null) {
    return null
  }
  const state = await readBase(repository.reader, base, diffs.flat(), signal)
  return state === null ? null : { base, state, diffs }
}

/**
 * Applies patches as `git am -3` would, without a work tree, up to the first that it is not sure of. What git would refuse is
 * left to it, but for contents that cannot be merged.
 */
export async function applyUnderstood(
  repository: Repository,
  { base, state, diffs }: Understood,
  patches: readonly MailPatch[],
  committer: Mailbox,
  signal: AbortSignal | undefined,
): Promise<OwnWork> {
  const blobs = new Map(state.blobs)
  let files: Attributed = { ...state, blobs }
  let [head, tree] = [base, state.tree]
  const commits: AppliedCommit[] = []
  const objects: GitObject[] = []
  let isNextDoubtful = false
  let conflict: Conflict | null = null
  for (const [index, diff] of diffs.entries()) {
    const patch = patches[index]
    const direct = changeFiles(files, diff)
    const change =
      direct ??
      (isSurelyRefused(files, diff) ? await mergeFiles(repository, files, diff, signal) : null)
    if (change === null || !patch?.known || 'outcome' in change) {
      isNextDoubtful = true
      conflict =
        patch !== undefined && change !== null && 'outcome' in change
          ? ownConflict(files, patch, diff, change)
          : null
      break
    }
    const { number, messageId } = patch.mail
    const changed = changeFolder(files.root, change.changes)
    if (direct === null && changed.sha === tree) {
      commits.push({ number, messageId, sha: null, tree, how: 'already-applied' })
      continue
    }
    const commit = commitObject(patch.known, changed.sha, head, committer)
    if (commit === null) {
      break
    }
    objects.push(...change.blobs, ...changed.objects, commit)
    for (const { sha, content } of change.blobs) {
      blobs.set(sha, Buffer.from(content.buffer, content.byteOffset, content.length))
    }
    ;[head, tree] = [commit.sha, changed.sha]
    files = { ...files, root: changed.folder }
    commits.push({ number, messageId, sha: head, tree, how: howOf(direct) })
  }
  return { commits, head, objects, isNextDoubtful, conflict }
}

function howOf(direct: FilesChange | null): AppliedHow {
  if (direct === null) {
    return '3way'
  }
  return direct.isMoved ? 'offset' : 'clean'
}

/**
 * Whether the first patch meets the very files it was made from: then the base cannot have it already, and nobody needs
 * to look through its history.
 */
export function isSurelyNew({ state, diffs }: Understood): boolean {
  const files = diffs[0] ?? []
  const old = files.filter(({ hunks, oldBlob }) => hunks.length > 0 && oldBlob !== null)
  return (
    old.some(({ kind }) => kind !== 'create') &&
    old.every((file) => file.oldPath === null || isAt(state, file.oldPath, file.oldBlob ?? ''))
  )
}

function isAt(state: BaseState, path: string, blob: string): boolean {
  const entry = findEntry(state.root, path)
  return entry !== null && entry !== 'behind-a-file' && entry.sha.startsWith(blob)
}
