import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { fetchingGitText, gitText } from '../collection/git-process.ts'
import { type Change, readBlobs, readChanges } from '../collection/inbox-changes.ts'
import { isArrival, isInboxCommit } from './inbox-clone.ts'
import {
  distantInbox,
  isLocal,
  localInbox,
  lookAt,
  type RemoteEpoch,
  remoteArguments,
  remoteSettings,
} from './inbox-remote.ts'
import { maxTakenBytes } from './limits.ts'
import type { SeenMail } from './recent-imap.ts'
import { noInboxFault, type SourcePlace } from './source-fault.ts'

/** The newest epoch may have begun yesterday. */
const epochsLookedAt = 2

/**
 * The newest mails, at most `limit` of each epoch, that a public-inbox took at `since` or later, oldest first. Of one that is
 * far away no more is fetched than that, into `directory`, which is ours. Throws MAIL_SOURCE_MISSING, MAIL_SOURCE_UNREADABLE,
 * MAIL_GIT_FAILED.
 */
export async function* recentInboxMails(
  place: SourcePlace,
  directory: string,
  since: Date,
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<SeenMail> {
  const remote = isLocal(place.path) ? localInbox(place) : distantInbox(place, directory)
  const epochs = await remote.epochs(0, 0, signal)
  for (const epoch of epochs.slice(-epochsLookedAt)) {
    const clone = isLocal(place.path) ? epoch.url : path.join(directory, `${epoch.number}.git`)
    const tip = await lookAndFetch(place, epoch, clone, since, signal)
    if (tip === null) {
      continue
    }
    if (!(await isInboxCommit(clone, tip, signal))) {
      throw noInboxFault(place)
    }
    const args = ['--max-count', String(limit), `--since=${since.toISOString()}`, tip]
    const changes: Change[] = []
    const cut = await cutCommits(clone, signal)
    for await (const change of readChanges(clone, args, signal)) {
      // Where history was cut off, all that is there looks as if it came with that commit.
      if (isArrival(change) && (change.path === 'm' || !cut.has(change.commit))) {
        changes.push(change)
      }
    }
    const newest = inOrder(changes.slice(0, limit).toReversed())
    for await (const { change, raw } of readBlobs(clone, newest, maxTakenBytes, signal)) {
      yield* raw === null ? [] : [{ raw, location: `${epoch.url}:${change.commit}` }]
    }
  }
}

/** As git says it of a server on this machine, and of one that ends the answer there. */
const nothingThatYoung = /no commits selected for shallow requests|processing shallow info: 4/

async function* inOrder<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/** The commit to read from; null where there is nothing to read. */
async function lookAndFetch(
  place: SourcePlace,
  { url }: RemoteEpoch,
  clone: string,
  since: Date,
  signal: AbortSignal,
): Promise<string | null> {
  const sight = await lookAt(place, clone, url, signal)
  if (sight.outcome === 'missing' || sight.branch === null) {
    return null
  }
  if (isLocal(place.path)) {
    return sight.branch
  }
  await mkdir(path.dirname(clone), { recursive: true })
  await rm(clone, { recursive: true, force: true })
  await fetchingGitText(clone, ['init', '--quiet', '--bare', '--template='], signal)
  const options = ['--quiet', '--no-tags', `--shallow-since=${since.toISOString()}`]
  const refs = `+${sight.branch}:refs/heads/recent`
  try {
    const args = [...remoteSettings, 'fetch', ...options, ...remoteArguments(url), refs]
    await fetchingGitText(clone, args, signal)
    return 'refs/heads/recent'
  } catch (error) {
    if (error instanceof Error && nothingThatYoung.test(error.message)) {
      return null
    }
    throw error
  }
}

async function cutCommits(gitDir: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const args = ['rev-parse', '--is-shallow-repository']
  if ((await gitText(gitDir, args, signal)).trim() !== 'true') {
    return new Set()
  }
  const roots = await gitText(gitDir, ['rev-list', '--max-parents=0', '--all'], signal)
  return new Set(roots.split('\n'))
}
