import type { Sha } from '../../../core/ids.ts'
import { type GitObject, toObject } from '../../objects/object-encoding.ts'
import type { FileMode } from '../patch/file-diff.ts'
import type { Attributed } from '../tree/attributes.ts'
import { findEntry } from '../tree/folder.ts'
import { fileMode } from './change-files.ts'

/** One file on one of the three sides of a merge. */
export interface FileVersion {
  readonly mode: FileMode
  readonly sha: Sha
  /** Byte string. */
  readonly content: string
  /** Null where it is there already. */
  readonly made: GitObject | null
}

/** What stands at a path; null where nothing does, or nothing that was read. */
export function current({ root, blobs }: Attributed, name: string): FileVersion | null {
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

export function isSame(one: FileVersion | null, other: FileVersion | null): boolean {
  return one !== null && other !== null && one.sha === other.sha && one.mode === other.mode
}

/** A version that is new; `basis`: one much like it. */
export function versionOf(mode: FileMode, content: string, basis: Sha | null): FileVersion {
  const made = toObject('blob', Buffer.from(content, 'latin1'), basis)
  return { mode, sha: made.sha, content, made }
}
