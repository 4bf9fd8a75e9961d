import type { Conflict, ConflictHunk } from '../../../core/apply/application.ts'
import { hunksLeftOver } from '../patch/apply-hunks.ts'
import type { FileDiff } from '../patch/file-diff.ts'
import type { Attributed } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'
import { fileMode, isSameType } from './change-files.ts'
import type { MailPatch } from './mail-patch.ts'
import type { Refusal } from './merge-refusal.ts'
import { chosenHunks, maxHeaderLength } from './rejected-hunks.ts'

/** What is told of a conflict that this process found itself; null where its hunks are not sure. */
export function ownConflict(
  files: Attributed,
  { mail }: MailPatch,
  diffs: readonly FileDiff[],
  { paths, output }: Refusal,
): Conflict | null {
  const hunks: ConflictHunk[] = []
  for (const diff of diffs) {
    const left = leftOverOf(files, diff)
    if (left === null) {
      return null
    }
    hunks.push(...left)
  }
  return {
    number: mail.number,
    messageId: mail.messageId,
    paths,
    output,
    hunks: chosenHunks(hunks, paths),
    olderBase: null,
  }
}

/** What `git apply --reject` would leave over of one file; null where that is not sure. */
function leftOverOf(
  { root, blobs }: Attributed,
  { kind, oldPath, oldMode, hunks }: FileDiff,
): readonly ConflictHunk[] | null {
  const entry = oldPath === null ? null : findEntry(root, oldPath)
  if (entry === null || entry === 'behind-a-file') {
    // A new file fits or is refused whole, and so is one that is not there.
    return []
  }
  const mode = fileMode(entry)
  const isOther = mode === null || !isSameType(mode, oldMode ?? mode)
  const content = isOther ? undefined : blobs.get(entry.sha)
  const left = content === undefined ? null : hunksLeftOver(content.toString('latin1'), hunks)
  if (left === null || (kind !== 'modify' && left.length > 0)) {
    return null
  }
  return left.map(({ header, oldStart }) => ({
    path: Buffer.from(oldPath ?? '', 'latin1').toString('utf8'),
    line: oldStart,
    header: Buffer.from(header, 'latin1').toString('utf8').slice(0, maxHeaderLength).trimEnd(),
  }))
}
