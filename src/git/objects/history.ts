import { createInterface } from 'node:readline'
import { BotError } from '../../core/bot-error.ts'
import { type Sha, toSha } from '../../core/ids.ts'
import { gitFault, runGit } from '../cli/run-git.ts'
import { spawnGit, startFault, stopGit } from '../cli/spawn-git.ts'
import type { LogOrder, StoredCommit } from '../object-store.ts'
import type { ObjectReader } from './cat-file.ts'
import { parseCommit, parseTree } from './object-encoding.ts'

export interface HistoryRange {
  readonly repository: string
  readonly tip: Sha
  /** Not included; null: from the beginning. */
  readonly since: Sha | null
  readonly order: LogOrder
}

/** So many commits are read at a time. */
const commitsPerRead = 100

/**
 * Commits of the range, in its order, in bounded memory whatever their number.
 * Throws GIT_HISTORY_REWRITTEN when `since` is no ancestor of `tip`.
 */
export async function* readHistory(
  range: HistoryRange,
  reader: ObjectReader,
  signal: AbortSignal,
): AsyncGenerator<StoredCommit> {
  if (range.since === range.tip) {
    return
  }
  await requireAncestor(range, signal)
  let pending: Sha[] = []
  for await (const sha of commitNames(range, signal)) {
    pending.push(sha)
    if (pending.length >= commitsPerRead) {
      yield* await readCommits(pending, reader, signal)
      pending = []
    }
  }
  yield* await readCommits(pending, reader, signal)
}

async function readCommits(
  shas: readonly Sha[],
  reader: ObjectReader,
  signal: AbortSignal,
): Promise<readonly StoredCommit[]> {
  const commits = (await reader.read('commit', shas, signal)).map(parseCommit)
  const trees = await reader.read(
    'tree',
    commits.map((commit) => commit.tree),
    signal,
  )
  return commits.map((commit, index) => ({
    sha: toSha(shas[index] ?? ''),
    files: parseTree(trees[index] ?? Buffer.alloc(0)),
    authoredAt: commit.authoredAt,
    committedAt: commit.committedAt,
    message: commit.message,
  }))
}

async function requireAncestor(range: HistoryRange, signal: AbortSignal): Promise<void> {
  if (range.since === null) {
    return
  }
  const args = ['merge-base', '--is-ancestor', range.since, range.tip]
  const output = await runGit(args, { gitDir: range.repository }, signal)
  if (output.exitCode === 0) {
    return
  }
  // 128: `since` is not even there, as after a purge that also cleaned up.
  if (output.exitCode !== 1 && !/not a valid (?:object|commit) name/i.test(output.stderr)) {
    throw gitFault(args, output)
  }
  throw rewritten(range.repository, range.since, range.tip)
}

/** The fault of a branch that no longer contains what was read of it. */
export function rewritten(repository: string, since: Sha, tip: Sha | null): BotError {
  return new BotError('GIT_HISTORY_REWRITTEN', `${repository} no longer contains ${since}`, {
    retry: 'after-human',
    details: { repository, since, tip },
  })
}

async function* commitNames(range: HistoryRange, signal: AbortSignal): AsyncGenerator<Sha> {
  const location = { gitDir: range.repository }
  const order = range.order === 'oldest-first' ? ['--reverse'] : []
  const args = ['rev-list', ...order, '--topo-order', range.tip]
  const child = spawnGit(range.since === null ? args : [...args, `^${range.since}`], location)
  child.stdin.end()
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk.toString()}`.slice(-4000)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(startFault(error, location)))
    child.once('close', resolve)
  })
  // Nobody may be waiting yet when it fails.
  ended.catch(() => {})
  const lines = createInterface({ input: child.stdout, signal })
  try {
    for await (const line of lines) {
      yield toSha(line)
    }
    signal.throwIfAborted()
    const exitCode = await ended
    if (exitCode !== 0) {
      throw gitFault(args, { exitCode: exitCode ?? 137, stdout: Buffer.alloc(0), stderr })
    }
  } finally {
    lines.close()
    stopGit(child)
  }
}
