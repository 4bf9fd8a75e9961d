import type { Dirent } from 'node:fs'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { CollectedMail } from './collected-mail.ts'
import { isGitDirectory, listFolder } from './folder-entries.ts'
import { gitText } from './git-process.ts'
import { type Change, noBlob, readBlobs, readChanges } from './inbox-changes.ts'

/** A public-inbox repository: one of layout v1, or the epochs of one of layout v2, oldest first. */
export interface Inbox {
  readonly layout: 'v1' | 'v2'
  readonly gitDirs: readonly string[]
}

const unlimited = Number.POSITIVE_INFINITY

/** The repositories that a folder with these entries is or holds, if it is an inbox at all. */
export type InboxFolder =
  | { readonly kind: 'repository' | 'checkout'; readonly gitDir: string }
  | {
      readonly kind: 'epochs'
      readonly folder: string
      /** Oldest first. */
      readonly gitDirs: readonly string[]
    }

const epochName = /^\d+\.git$/

/** Where git would look in the folder; null when there is no repository. Throws MAIL_PATH_UNREADABLE. */
export async function findRepositories(
  folder: string,
  entries: readonly Dirent[],
  signal: AbortSignal,
): Promise<InboxFolder | null> {
  if (isGitDirectory(entries)) {
    return { kind: 'repository', gitDir: folder }
  }
  const git = entries.find((entry) => entry.isDirectory() && entry.name === 'git')
  const epochsIn = git === undefined ? folder : path.join(folder, 'git')
  const inner = git === undefined ? entries : await listFolder(epochsIn, signal)
  const gitDirs: string[] = []
  for (const entry of inner.filter(({ name }) => epochName.test(name))) {
    const gitDir = path.join(epochsIn, entry.name)
    if (entry.isDirectory() && isGitDirectory(await listFolder(gitDir, signal))) {
      gitDirs.push(gitDir)
    }
  }
  if (gitDirs.length > 0) {
    return { kind: 'epochs', folder: epochsIn, gitDirs }
  }
  const checkout = path.join(folder, '.git')
  const isCheckout =
    entries.some((entry) => entry.isDirectory() && entry.name === '.git') &&
    isGitDirectory(await listFolder(checkout, signal))
  return isCheckout ? { kind: 'checkout', gitDir: checkout } : null
}

/** The inbox that a folder with these entries is; null when it is none. Throws MAIL_GIT_FAILED. */
export async function findInbox(
  folder: string,
  entries: readonly Dirent[],
  signal: AbortSignal,
): Promise<Inbox | null> {
  const found = await findRepositories(folder, entries, signal)
  switch (found?.kind) {
    case undefined:
      return null
    case 'epochs':
      return { layout: 'v2', gitDirs: found.gitDirs }
    case 'repository':
      return inboxAt(found.gitDir, signal)
    case 'checkout':
      return inboxAt(found.gitDir, signal).catch(notAnInbox)
  }
}

/** A folder of mails may lie in a checkout of anything, damaged or not. */
function notAnInbox(error: unknown): null {
  if (error instanceof BotError) {
    return null
  }
  throw error
}

/** Told by the root tree of the newest commit: `m` and `d`, or folders of two hex digits. */
async function inboxAt(gitDir: string, signal: AbortSignal): Promise<Inbox | null> {
  const tip = await tipOf(gitDir, signal)
  if (tip === null) {
    return null
  }
  const tree = await gitText(gitDir, ['ls-tree', '--name-only', tip], signal)
  const names = tree.split('\n').filter((name) => name !== '')
  if (names.length > 0 && names.every((name) => name === 'm' || name === 'd')) {
    return { layout: 'v2', gitDirs: [gitDir] }
  }
  const isV1 = names.length > 0 && names.every((name) => /^[0-9a-f]{2}$/.test(name))
  return isV1 ? { layout: 'v1', gitDirs: [gitDir] } : null
}

/** The newest commit: HEAD, or where that names nothing the first branch; null in an empty repository. */
async function tipOf(gitDir: string, signal: AbortSignal): Promise<string | null> {
  const format = ['--format=%(HEAD) %(objectname)', 'refs/heads']
  const branches = (await gitText(gitDir, ['for-each-ref', ...format], signal)).split('\n')
  const chosen = branches.find((line) => line.startsWith('*')) ?? branches[0] ?? ''
  return chosen === '' ? null : chosen.slice(2)
}

/**
 * The mails of an inbox in the order of their arrival, without those that were deleted later. `location` is the
 * repository and the commit. Throws MAIL_GIT_FAILED.
 */
export async function* readInbox(inbox: Inbox, signal: AbortSignal): AsyncGenerator<CollectedMail> {
  const deletions = await countDeletions(inbox, signal)
  for (const gitDir of inbox.gitDirs) {
    const tip = await tipOf(gitDir, signal)
    if (tip === null) {
      continue
    }
    const changes = readChanges(gitDir, ['--reverse', tip], signal)
    const arrivals = liveArrivals(inbox, changes, deletions)
    for await (const { change, raw } of readBlobs(gitDir, arrivals, unlimited, signal)) {
      yield collectedMail(gitDir, change, raw)
    }
  }
}

function collectedMail(gitDir: string, change: Change, raw: Uint8Array | null): CollectedMail {
  const location = `${gitDir}:${change.commit}`
  if (raw !== null) {
    return { outcome: 'mail', raw, location }
  }
  const message = `Blob ${change.after} is not in the repository.`
  return { outcome: 'unreadable', reason: { code: 'MAIL_GIT_FAILED', message }, location }
}

/** How often each blob is deleted, in all epochs: a v2 deletion may lie in a later epoch than its mail. */
async function countDeletions(inbox: Inbox, signal: AbortSignal): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const gitDir of inbox.gitDirs) {
    const tip = await tipOf(gitDir, signal)
    if (tip === null) {
      continue
    }
    const args = inbox.layout === 'v2' ? [tip, '--', 'd'] : ['--diff-filter=DM', tip]
    for await (const change of readChanges(gitDir, args, signal)) {
      const blob = deletedBlob(inbox, change)
      if (blob !== null) {
        counts.set(blob, (counts.get(blob) ?? 0) + 1)
      }
    }
  }
  return counts
}

function deletedBlob(inbox: Inbox, change: Change): string | null {
  const isDeletion = inbox.layout === 'v1' || change.path === 'd'
  const blob = inbox.layout === 'v1' ? change.before : change.after
  return isDeletion && !noBlob.test(blob) ? blob : null
}

/** The changes that bring a mail which no later one takes away. Counts `deletions` down. */
async function* liveArrivals(
  inbox: Inbox,
  changes: AsyncIterable<Change>,
  deletions: Map<string, number>,
): AsyncGenerator<Change> {
  for await (const change of changes) {
    const deleted = deletedBlob(inbox, change)
    if (deleted !== null) {
      deletions.set(deleted, (deletions.get(deleted) ?? 0) - 1)
    }
    const isArrival = (inbox.layout === 'v1' || change.path === 'm') && !noBlob.test(change.after)
    if (isArrival && (deletions.get(change.after) ?? 0) <= 0) {
      yield change
    }
  }
}
