import { tmpdir } from 'node:os'
import type { GitEngine } from '../git-engine.ts'
import type { MailReader } from '../mail-reader.ts'
import { chooseBase } from './base/choose-base.ts'
import { applyOrLookBack } from './base/older-base.ts'
import { changedFiles } from './changed-files.ts'
import { checkoutTree } from './checkout.ts'
import {
  commitMessage,
  committedAt,
  isAncestor,
  mergesCleanly,
  pairPatches,
  patchIdsOf,
  pathsIn,
  rangeDiff,
  readText,
  showCommit,
} from './inspect.ts'
import { openRemote } from './open-remote.ts'
import { createOverlays, isOverlay } from './overlay.ts'
import { pushGroups, pushRefs } from './push.ts'
import { pushForReview } from './push-for-review.ts'
import { candidateBranches, localRefs, resolveCommit } from './refs.ts'
import { fetchRefs, listRemoteRefs } from './remote.ts'
import { findRepository, keepView, type Repository, releaseRepository } from './repository.ts'
import { readTag, writeTag } from './tag.ts'
import { sweepTempFolders } from './temp-folder.ts'
import type { UpstreamStore } from './upstream-store.ts'

export interface GitEngineOptions {
  /** Where work trees and private repositories are made; the system's folder when absent. Memory (tmpfs) pays. */
  readonly tempDirectory?: string
  /** Reads mails as git does; without it git reads them all, and applies all patches. */
  readonly readMail?: MailReader
  /** What it shares with the repositories of other projects; closed by whoever opened it. */
  readonly upstream?: UpstreamStore
}

/**
 * The engine over the git program, on the repository at `repository`. Throws GIT_MISSING, GIT_TOO_OLD,
 * GIT_REPOSITORY_MISSING, GIT_DUBIOUS_OWNERSHIP.
 */
export async function openGitEngine(
  repository: string,
  options: GitEngineOptions = {},
): Promise<GitEngine> {
  const place = await findRepository(
    repository,
    options.tempDirectory ?? tmpdir(),
    options.readMail ?? null,
    options.upstream ?? null,
  )
  const overlays = createOverlays()
  async function ready(): Promise<Repository> {
    await keepView(place)
    return place
  }
  return {
    fetch: async (remote, refs, signal) =>
      fetchRefs(await ready(), await openRemote(remote, signal), refs, signal),
    remoteRefs: async (remote, prefixes, signal) =>
      listRemoteRefs(await ready(), await openRemote(remote, signal), prefixes, signal),
    resolve: async (revision) => resolveCommit(await ready(), revision),
    candidateBranches: async () => candidateBranches(place),
    chooseBase: async (request, signal) => chooseBase(await ready(), request, signal),
    apply: async (request, signal) => applyOrLookBack(await ready(), request, signal),
    push: async (remote, updates, signal) =>
      pushRefs(await ready(), await openRemote(remote, signal), updates, signal),
    pushEach: async (remote, groups, signal) =>
      pushGroups(await ready(), await openRemote(remote, signal), groups, signal),
    pushForReview: async (remote, proposal, signal) =>
      pushForReview(await ready(), await openRemote(remote, signal), proposal, signal),
    updateRefs: async (updates) => place.refs.update(updates),
    localRefs: async (prefixes) => localRefs(await ready(), prefixes),
    writeTag: async (tag) => writeTag(await ready(), tag),
    readTag: async (sha) => readTag(await ready(), sha),
    committedAt: async (commit) => committedAt(await ready(), commit),
    commitMessage: async (commit) => commitMessage(await ready(), commit),
    pathsIn: async (commit, roots) => pathsIn(await ready(), commit, roots),
    mergesCleanly: async (ours, theirs, signal) =>
      mergesCleanly(await ready(), ours, theirs, signal),
    rangeDiff: async (before, after, signal) => rangeDiff(await ready(), before, after, signal),
    pairPatches: async (before, after, signal) => pairPatches(await ready(), before, after, signal),
    show: async (commit, maxBytes) => showCommit(await ready(), commit, maxBytes),
    readText: async (object, maxBytes) => readText(await ready(), object, maxBytes),
    patchIds: async (range, signal) => patchIdsOf(await ready(), range, signal),
    changedFiles: async (range, signal) => changedFiles(await ready(), range, signal),
    isAncestor: async (ancestor, descendant) => isAncestor(await ready(), ancestor, descendant),
    overlay: async (request, signal) => overlays(await ready(), request, signal),
    isOverlay: async (commit, committer, message) =>
      isOverlay(await ready(), commit, committer, message),
    checkout: async (commit, directory, signal) =>
      checkoutTree(await ready(), commit, directory, signal),
    tidy: async () => {
      await sweepTempFolders(place.tempDirectory, new Date())
      await place.upkeep.tidy()
      // They hold deleted packs open; the next read starts others.
      await place.reader?.close()
      await place.names.close()
      await place.refNames.close()
    },
    close: async () => releaseRepository(place),
  }
}
