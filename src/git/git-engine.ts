import type { Application } from '../core/apply/application.ts'
import type { BaseChoice } from '../core/apply/base-choice.ts'
import type { Dependency } from '../core/apply/dependency.ts'
import type { MessageId, RefName, Sha } from '../core/ids.ts'
import type { Mailbox } from '../core/message.ts'
import type { PatchFile } from '../core/patch/patch-file.ts'
import type { PatchPair } from '../core/patch/patch-pair.ts'
import type { OverlayFile } from '../core/pull-request/overlay.ts'

export interface Remote {
  readonly url: string
  /** Sent as an HTTP header through the environment; never part of a URL or an argument. */
  readonly authorization: string | null
}

/** A remote whose credentials change with time, such as the hourly tokens of an App; asked before each use. */
export interface RenewedRemote {
  readonly url: string
  /** `Authorization` for HTTP; null where none is needed. */
  readonly authorize: (signal: AbortSignal) => Promise<string | null>
}

export type RemoteAccess = Remote | RenewedRemote

export interface CommitRange {
  readonly base: Sha
  readonly head: Sha
}

/** One patch to apply: the raw mail as it arrived. */
export interface PatchMail {
  readonly number: number
  readonly messageId: MessageId
  readonly raw: Uint8Array
  readonly patchId: string | null
}

export interface ApplyRequest {
  readonly base: Sha
  /** In series order. */
  readonly patches: readonly PatchMail[]
  readonly committer: Mailbox
  /** Skip patches at the front that the base has already (by patch-id). */
  readonly skipMerged: boolean
  /** Candidate branches, best first: after a conflict an older base is looked for on them. Nobody looks without it. */
  readonly olderBaseOn?: readonly RefName[]
}

export interface BaseRequest {
  /** `--base` of the command line: overrides everything. */
  readonly given: Sha | null
  readonly baseCommit: Sha | null
  /** The series it says it is built on, best first. */
  readonly dependencies: readonly Dependency[]
  readonly prefixes: readonly string[]
  readonly prefixBranches: Readonly<Record<string, RefName>>
  /** Candidate branches of this repository, best first; the first is the default. */
  readonly branches: readonly RefName[]
  readonly patches: readonly PatchMail[]
  readonly committer: Mailbox
  /** Where a base-commit that is not here may be fetched from. */
  readonly remotes: readonly RemoteAccess[]
  /** Whether the checks of a commit are all in and good; without it the rung `green` is left out. */
  readonly isGreen?: (commit: Sha) => Promise<boolean>
}

/** Files to put on top of a commit. */
export interface OverlayRequest {
  readonly parent: Sha
  /** Each adds a file, or replaces what `parent` has there. */
  readonly files: readonly OverlayFile[]
  /** Author and committer. */
  readonly committer: Mailbox
  readonly message: string
}

/** What a ref shall point at, and what it must point at now. */
export interface RefUpdate {
  readonly ref: RefName
  /** Null deletes. */
  readonly target: Sha | null
  /** Null: must not exist now. */
  readonly expected: Sha | null
}

export type RefusalReason =
  | 'non-fast-forward'
  | 'hook'
  /** The account may not do this, or not push at all. */
  | 'permission'
  /** A workflow file is touched, and the token lacks the permission or scope for those. */
  | 'workflow'
  /** A rule of the forge guards the ref. */
  | 'protected'
  | 'size'
  | 'other'

export type PushResult =
  /** Every ref is at its target now, whether this push moved it or an earlier one did. */
  | { readonly outcome: 'pushed' }
  /** Nothing was changed: some refs are not where they were expected. */
  | {
      readonly outcome: 'stale'
      readonly refs: readonly { readonly ref: RefName; readonly actual: Sha | null }[]
    }
  | {
      readonly outcome: 'refused'
      readonly reason: RefusalReason
      readonly output: string
    }

/** A tag object; its name and date come from what it describes, never from a clock. */
export interface TagSpec {
  readonly name: string
  readonly target: Sha
  readonly tagger: Mailbox
  readonly taggedAt: Date
  readonly message: string
}

export interface TagObject extends TagSpec {
  readonly sha: Sha
}

/** A head for a pull request that needs no branch (AGit). */
export interface Proposal {
  readonly head: Sha
  /** The branch that it is for. */
  readonly base: RefName
  /** What the pull request is known by; the same again moves it. */
  readonly topic: string
  /** Used where the push makes the pull request, each as one line. */
  readonly title: string
  readonly description: string
  /** The head need not follow from the one that is there. */
  readonly isForced: boolean
}

/** The repository of one project on this machine: bare, shared by all jobs, safe to use concurrently. */
export interface GitEngine {
  /** Fetches `<remote ref> -> <local ref>` pairs by force. Throws GIT_REMOTE_UNREACHABLE (retry later). */
  fetch(
    remote: RemoteAccess,
    refs: readonly { readonly from: RefName; readonly to: RefName }[],
    signal: AbortSignal,
  ): Promise<void>
  /** Refs of the remote whose names begin with one of `prefixes`. Throws GIT_REMOTE_UNREACHABLE. */
  remoteRefs(
    remote: RemoteAccess,
    prefixes: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<RefName, Sha>>
  /** The commit `revision` names; null when it names none. */
  resolve(revision: string): Promise<Sha | null>
  /** Branches to try where nothing is configured: HEAD's, the others of refs/heads, those of refs/remotes. */
  candidateBranches(): Promise<readonly RefName[]>
  chooseBase(request: BaseRequest, signal: AbortSignal): Promise<BaseChoice>
  apply(request: ApplyRequest, signal: AbortSignal): Promise<Application>
  /** All refs or none, with a lease on every old value. Throws GIT_REMOTE_UNREACHABLE. */
  push(
    remote: RemoteAccess,
    updates: readonly RefUpdate[],
    signal: AbortSignal,
  ): Promise<PushResult>
  /**
   * Several pushes in one, where the remote takes it: of each group all refs or none, whatever becomes of the others, and one
   * result for each, in order; rejected with what `push` would have thrown. Who publishes need not call it: `flow/publish/run-together.ts`
   * makes one of it out of the `push` of jobs that run at the same time.
   */
  pushEach(
    remote: RemoteAccess,
    groups: readonly (readonly RefUpdate[])[],
    signal: AbortSignal,
  ): Promise<readonly PromiseSettledResult<PushResult>[]>
  /**
   * Pushes to `refs/for/<base>/<topic>`, which makes a pull request or moves that of the topic, without a branch (AGit of Gitea and
   * Forgejo). There is no lease: look first. Throws GIT_REMOTE_UNREACHABLE.
   */
  pushForReview(
    remote: RemoteAccess,
    proposal: Proposal,
    signal: AbortSignal,
  ): Promise<Exclude<PushResult, { readonly outcome: 'stale' }>>
  /**
   * Keeps objects alive in this repository. Throws GIT_REF_CONFLICT where one is not where it was `expected` (null: not there;
   * left out: wherever it is).
   */
  updateRefs(
    updates: readonly {
      readonly ref: RefName
      readonly target: Sha | null
      readonly expected?: Sha | null
    }[],
  ): Promise<void>
  /** Refs of this repository whose names begin with one of `prefixes`, each a whole folder, and the objects they name, tags included. */
  localRefs(prefixes: readonly string[]): Promise<ReadonlyMap<RefName, Sha>>
  writeTag(tag: TagSpec): Promise<Sha>
  /** The tag object `sha`; null when there is none here. */
  readTag(sha: Sha): Promise<TagObject | null>
  /** Committer date of a commit. */
  committedAt(commit: Sha): Promise<Date>
  /** Subject and body of a commit, as they were recorded. */
  commitMessage(commit: Sha): Promise<string>
  /** Files of the tree of `commit` that are, or lie in, one of `roots`; the first hundred. */
  pathsIn(commit: Sha, roots: readonly string[]): Promise<readonly string[]>
  /** Whether a merge of the two commits has no conflict; null where nobody can tell (git before 2.38). */
  mergesCleanly(ours: Sha, theirs: Sha, signal: AbortSignal): Promise<boolean | null>
  rangeDiff(before: CommitRange, after: CommitRange, signal: AbortSignal): Promise<string>
  /** What `rangeDiff` says of each patch, without the diffs. */
  pairPatches(
    before: CommitRange,
    after: CommitRange,
    signal: AbortSignal,
  ): Promise<readonly PatchPair[]>
  /** The commit's diff as text, for people; cut at `maxBytes`. */
  show(commit: Sha, maxBytes: number): Promise<string>
  /**
   * The file that `object` names, such as `<commit>:<path>` or the first digits of a blob, decoded as UTF-8. Null when
   * there is no such file here, or when it is longer than `maxBytes`.
   */
  readText(object: string, maxBytes: number): Promise<string | null>
  /** Patch-ids of the commits in the range, oldest first, merges left out; of very many commits those of the newest 20 000. */
  patchIds(range: CommitRange, signal: AbortSignal): Promise<readonly string[]>
  /** What every commit of the range changes, as the trees say: renames not detected, modes given, no blobs left out. */
  changedFiles(range: CommitRange, signal: AbortSignal): Promise<readonly PatchFile[]>
  isAncestor(ancestor: Sha, descendant: Sha): Promise<boolean>
  /** A commit on `parent` with the files, dated as `parent` is: the same for the same request. No ref points at it. */
  overlay(request: OverlayRequest, signal: AbortSignal): Promise<Sha>
  /** Whether `overlay` made the commit, with this committer and message and whatever files. */
  isOverlay(commit: Sha, committer: Mailbox, message: string): Promise<boolean>
  /** Writes the tree of `commit` into the empty `directory`, without any `.git`. */
  checkout(commit: Sha, directory: string, signal: AbortSignal): Promise<void>
  /**
   * Packs refs and objects of a repository that is ours, beside all other work, and removes what killed processes left. No
   * object is ever dropped. A repository of somebody else stays as it is.
   */
  tidy(): Promise<void>
  close(): Promise<void>
}
