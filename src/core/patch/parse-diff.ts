import type { PatchFile } from './patch-file.ts'
import { scanDiff } from './scan-diff.ts'

/**
 * The files of a diff in order, as its header lines state them: names decoded, renames, copies, modes, blobs. Text
 * between files and after the last is passed over. Never throws; what cannot be read as a file is not in the list.
 */
export function parseDiffFiles(diff: string | Uint8Array): readonly PatchFile[] {
  return scanDiff(Buffer.from(diff).toString('latin1')).parts.map((part) => part.file)
}
