import type { Sha } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'

export interface NewCommit {
  /** Files of the whole tree, name -> content; names without `/`. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** What `blobOf` calls some of them, which is believed. */
  readonly blobs?: Readonly<Record<string, Sha | undefined>>
  readonly author: Mailbox
  readonly authoredAt: Date
  readonly committedAt: Date
  readonly message: string
}

export interface StoredCommit {
  readonly sha: Sha
  /** Name of each blob in the tree. */
  readonly files: Readonly<Record<string, Sha>>
  readonly authoredAt: Date
  readonly committedAt: Date
  readonly message: string
}

export type LogOrder = 'oldest-first' | 'newest-first'

/** A small bare repository of ours that only grows: archive epochs and the journal. */
export interface ObjectStore {
  /**
   * Appends commits to `refs/heads/<branch>`, one after the other, and resolves when objects and ref are
   * fsynced. `before` is the commit they were put on. Several processes may append at once. An append that
   * fails is not there at all. The commits are gone through again when another process appended in between. Throws
   * GIT_DISK_FULL, GIT_NOT_WRITABLE, GIT_BRANCH_SEALED.
   */
  append(
    branch: string,
    commits: Iterable<NewCommit>,
    signal: AbortSignal,
  ): Promise<{ readonly before: Sha | null; readonly commits: readonly StoredCommit[] }>
  tip(branch: string): Promise<Sha | null>
  /** Commits after `since`, oldest first unless told else. Throws GIT_HISTORY_REWRITTEN when `since` is no ancestor. */
  log(
    branch: string,
    since: Sha | null,
    signal: AbortSignal,
    order?: LogOrder,
  ): AsyncIterable<StoredCommit>
  /** Blob contents in the order asked for. Throws GIT_OBJECT_MISSING. */
  blobs(shas: readonly Sha[], signal: AbortSignal): Promise<readonly Uint8Array[]>
  blobOf(content: Uint8Array): Sha
  /**
   * Nothing can be appended to the branch any more, by any process: `append` throws GIT_BRANCH_SEALED.
   * May be repeated.
   */
  seal(branch: string, signal: AbortSignal): Promise<void>
  /** Keeps the number of files small. Safe at any time beside everything else; nothing is ever lost by it. */
  maintain(signal: AbortSignal): Promise<void>
  /** Bytes on disk. */
  size(): Promise<number>
  close(): Promise<void>
}

/** Opens, and creates where absent, the repository at `directory`. */
export type OpenObjectStore = (directory: string) => Promise<ObjectStore>
