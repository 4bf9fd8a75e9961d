import type { Conflict, ConflictHunk } from '../../../core/application.ts'
import { hunksLeftOver } from '../patch/apply-hunks.ts'
import type { FileDiff } from '../patch/file-diff.ts'
import type { Attributed } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'
import type { MailPatch } from './mail-patch.ts'
import type { MergeConflict } from './merge-files.ts'
import { chosenHunks, maxHeaderLength } from './rejected-hunks.ts'

/** What is told of a conflict that this process found itself; null where its hunks are not sure. */
export function ownConflict(
  files: Attributed,
  { mail }: MailPatch,
  diffs: readonly FileDiff[],
  { unmerged, output }: MergeConflict,
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
    paths: unmerged,
    output,
    hunks: chosenHunks(hunks, unmerged),
    olderBase: null,
  }
}

function leftOverOf(
  { root, blobs }: Attributed,
  { oldPath, hunks }: FileDiff,
): readonly ConflictHunk[] | null {
  const entry = findEntry(root, oldPath ?? '')
  const content = entry === null || entry === 'behind-a-file' ? undefined : blobs.get(entry.sha)
  const left = content === undefined ? null : hunksLeftOver(content.toString('latin1'), hunks)
  return (
    left?.map(({ header, oldStart }) => ({
      path: oldPath ?? '',
      line: oldStart,
      header: Buffer.from(header, 'latin1').toString('utf8').slice(0, maxHeaderLength).trimEnd(),
    })) ?? null
  )
}
