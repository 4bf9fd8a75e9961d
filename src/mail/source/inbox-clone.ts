import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { fetchingGitText, gitText } from '../collection/git-process.ts'
import { type Change, noBlob, readChanges } from '../collection/inbox-changes.ts'
import { remoteArguments, remoteSettings } from './inbox-remote.ts'

/** Tips are kept here, numbered: each holds everything before it, or another history than those before. */
const seenPrefix = 'refs/seen/'
const branchPrefix = 'refs/remotes/origin/'

/** One pack for each fetch, which git syncs to the disk, tidied up before git returns, large ones left alone. */
const writing: readonly string[] = [
  '-c',
  'fetch.unpackLimit=1',
  '-c',
  'core.logAllRefUpdates=false',
  '-c',
  'gc.autoDetach=false',
  '-c',
  'maintenance.autoDetach=false',
  '-c',
  'gc.autoPackLimit=200',
  '-c',
  'gc.bigPackThreshold=256m',
]

/** A lock that is older was left by a git that died. */
const staleLockMs = 60_000

const mailInV1 = /^[0-9a-f]{2}\/[0-9a-f]{38,}$/
const namesInInbox = /^(?:m|d|[0-9a-f]{2})$/

/** Numbers of our clones, `<directory>/<number>.git`, lowest first. */
export async function clonesIn(directory: string): Promise<readonly number[]> {
  const names = await readdir(directory).catch(() => [])
  return names
    .flatMap((name) => /^(?<number>\d+)\.git$/.exec(name)?.groups?.['number'] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)
}

export function cloneDirectory(directory: string, epoch: number): string {
  return path.join(directory, `${epoch}.git`)
}

/** Makes sure that there is a clone that can be fetched into. Throws MAIL_GIT_FAILED, errors of the file system. */
export async function ensureClone(gitDir: string, signal: AbortSignal): Promise<void> {
  await mkdir(gitDir, { recursive: true })
  const names = await readdir(gitDir)
  if (!['HEAD', 'config', 'objects', 'refs'].every((name) => names.includes(name))) {
    await fetchingGitText(gitDir, ['init', '--quiet', '--bare', '--template='], signal)
    return
  }
  await removeStaleLocks(gitDir)
}

async function removeStaleLocks(gitDir: string): Promise<void> {
  const inRefs = await readdir(path.join(gitDir, 'refs'), { recursive: true })
  const files = [
    ...inRefs.map((name) => path.join('refs', name)),
    'packed-refs.lock',
    'HEAD.lock',
    'config.lock',
    'shallow.lock',
    'gc.pid.lock',
  ]
  for (const file of files.filter((name) => name.endsWith('.lock'))) {
    const lock = path.join(gitDir, file)
    const found = await stat(lock).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > staleLockMs) {
      await rm(lock, { force: true })
    }
  }
}

/**
 * Brings the clone to where the remote is, whose `heads` are as `lookAt` gives them, and keeps the tip of `branch`
 * for good before anything is read of it. Throws MAIL_GIT_FAILED.
 */
export async function followRemote(
  gitDir: string,
  url: string,
  heads: string,
  branch: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await headsOf(gitDir, signal)) !== heads) {
    const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-show-forced-updates']
    const options = ['--atomic', '--prune', '--no-recurse-submodules']
    const refs = `+refs/heads/*:${branchPrefix}*`
    const settings = [...remoteSettings, ...writing]
    const args = [...settings, 'fetch', ...quiet, ...options, ...remoteArguments(url), refs]
    await fetchingGitText(gitDir, args, signal)
  }
  const followed = `${branchPrefix}${branch.slice('refs/heads/'.length)}`
  const [tip] = await lines(gitDir, ['for-each-ref', '--format=%(objectname)', followed], signal)
  if (tip !== undefined) {
    await keepTip(gitDir, tip, signal)
  }
}

/** Of our copies of the branches, written as the remote writes its own. */
async function headsOf(gitDir: string, signal: AbortSignal): Promise<string> {
  const format = '--format=%(objectname)%09refs/heads/%(refname:lstrip=3)'
  return (await lines(gitDir, ['for-each-ref', format, branchPrefix], signal)).join('\n')
}

async function keepTip(gitDir: string, tip: string, signal: AbortSignal): Promise<void> {
  const seen = await seenTips(gitDir, signal)
  const kept = seen.map((each) => each.sha)
  if (kept.includes(tip) || (await isWithin(gitDir, tip, kept, signal))) {
    return
  }
  const last = seen.at(-1)
  const isRewritten = last === undefined || !(await isWithin(gitDir, last.sha, [tip], signal))
  const number = (last?.number ?? 0) + (isRewritten ? 1 : 0)
  const before = isRewritten ? '0'.repeat(tip.length) : last.sha
  const args = [...writing, 'update-ref', `${seenPrefix}${number}`, tip, before]
  await fetchingGitText(gitDir, args, signal)
}

interface SeenTip {
  readonly number: number
  readonly sha: string
}

async function seenTips(gitDir: string, signal: AbortSignal): Promise<readonly SeenTip[]> {
  const format = '--format=%(objectname) %(refname:lstrip=2)'
  const listed = await lines(gitDir, ['for-each-ref', format, seenPrefix], signal)
  return listed
    .map((line) => line.split(' '))
    .map(([sha = '', number]) => ({ number: Number(number), sha }))
    .toSorted((a, b) => a.number - b.number)
}

/** Whether the commit is in the history of one of the tips. */
async function isWithin(
  gitDir: string,
  commit: string,
  tips: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  return (
    tips.length > 0 &&
    (await lines(gitDir, ['rev-list', '-n', '1', commit, ...without(tips)], signal)).length === 0
  )
}

/**
 * Where mails arrive in the commits after `since` (null: in all), parents before children, and histories that were
 * rewritten one after the other: of a later one only what the earlier ones do not hold, which is what follows their
 * merge base. A `since` that the clone does not know counts as null. Throws MAIL_GIT_FAILED.
 */
export async function* arrivalsAfter(
  gitDir: string,
  since: string | null,
  signal: AbortSignal,
): AsyncGenerator<Change> {
  const tips = (await seenTips(gitDir, signal)).map((each) => each.sha)
  if (since === tips.at(-1)) {
    return
  }
  const from = since !== null && (await isKnown(gitDir, since, signal)) ? since : null
  const first = from === null ? 0 : await indexOfHistory(gitDir, from, tips, signal)
  for (const [index, tip] of tips.entries()) {
    if (index < first) {
      continue
    }
    const read = [...tips.slice(0, index), ...(from === null ? [] : [from])]
    const args = ['--reverse', '--topo-order', tip, ...without(read)]
    for await (const change of readChanges(gitDir, args, signal)) {
      if (isArrival(change)) {
        yield change
      }
    }
  }
}

/** The first history that holds the commit: those before it have been read to their ends. */
async function indexOfHistory(
  gitDir: string,
  commit: string,
  tips: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  for (const [index, tip] of tips.entries()) {
    if (await isWithin(gitDir, commit, [tip], signal)) {
      return index
    }
  }
  return 0
}

async function isKnown(gitDir: string, commit: string, signal: AbortSignal): Promise<boolean> {
  const args = ['rev-list', '--ignore-missing', '-n', '1', commit]
  return (await lines(gitDir, args, signal)).length > 0
}

/** Whether the newest tip looks like a public-inbox, v1 or v2, or nothing is there yet. Throws MAIL_GIT_FAILED. */
export async function looksLikeInbox(gitDir: string, signal: AbortSignal): Promise<boolean> {
  const tip = (await seenTips(gitDir, signal)).at(-1)
  if (tip === undefined) {
    return true
  }
  return isInboxCommit(gitDir, tip.sha, signal)
}

/** Whether the tree of this commit looks like that of a public-inbox, v1 or v2. Throws MAIL_GIT_FAILED. */
export async function isInboxCommit(
  gitDir: string,
  commit: string,
  signal: AbortSignal,
): Promise<boolean> {
  const names = await lines(gitDir, ['ls-tree', '--name-only', commit], signal)
  return names.length === 0 || names.some((name) => namesInInbox.test(name))
}

/** Whether the change brought a mail, in layout v1 or v2. */
export function isArrival(change: Change): boolean {
  return (change.path === 'm' || mailInV1.test(change.path)) && !noBlob.test(change.after)
}

function without(commits: readonly string[]): readonly string[] {
  return commits.map((commit) => `^${commit}`)
}

async function lines(
  gitDir: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  return (await gitText(gitDir, args, signal)).split('\n').filter((line) => line !== '')
}
