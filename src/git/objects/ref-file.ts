import {
  existsSync,
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BotError } from '../../core/bot-error.ts'
import { type Sha, toSha } from '../../core/ids.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { writeIncoming } from './durable-file.ts'

export interface BranchPlace {
  /** The bare repository. */
  readonly repository: string
  readonly branch: string
  /** A lock file older than this was left behind by a dead process. */
  readonly staleLockMs: number
}

export type MoveResult =
  | { readonly outcome: 'moved' }
  /** Somebody else moved it first: nothing was changed. */
  | { readonly outcome: 'elsewhere'; readonly actual: Sha | null }
  | { readonly outcome: 'sealed' }

type Attempt = MoveResult | { readonly outcome: 'locked' }

/** The commit of the branch; null where there is none. Throws GIT_REF_BROKEN. */
export function readBranch(place: Pick<BranchPlace, 'repository' | 'branch'>): Sha | null {
  const text = readIfPresent(branchFile(place)) ?? packedValue(place)
  if (text === null) {
    return null
  }
  if (!/^[0-9a-f]{40}\s*$/.test(text)) {
    throw new BotError('GIT_REF_BROKEN', `refs/heads/${place.branch} names no commit`, {
      retry: 'after-human',
      details: { repository: place.repository, content: text.slice(0, 100) },
    })
  }
  return toSha(text.trim())
}

/**
 * Moves the branch from `expected` to `target`, durably, by git's own protocol for refs in files: whoever
 * creates `<ref>.lock` may compare and then rename it over the ref, so git processes and we exclude each other.
 * The lock appears complete (a hard link to an fsynced file) and is held for three system calls, which is why a
 * kill hardly ever leaves one behind; one that is left is taken away after `staleLockMs`.
 */
export async function moveBranch(
  place: BranchPlace,
  expected: Sha | null,
  target: Sha,
  signal: AbortSignal,
): Promise<MoveResult> {
  const content = [Buffer.from(`${target}\n`)]
  const result = await withLock(place, content, signal, (lock, own) => {
    if (isSealed(place)) {
      return { outcome: 'sealed' }
    }
    const actual = readBranch(place)
    if (actual !== expected) {
      return { outcome: 'elsewhere', actual }
    }
    if (statSync(lock).ino !== own.ino) {
      return { outcome: 'locked' }
    }
    renameSync(lock, branchFile(place))
    return { outcome: 'moved' }
  })
  if (result.outcome === 'moved') {
    await syncToDisk(path.dirname(branchFile(place)))
  }
  return result
}

/** After this no `moveBranch` succeeds any more, in any process; reading goes on. Durable. May be repeated. */
export async function sealBranch(place: BranchPlace, signal: AbortSignal): Promise<void> {
  const seal = await writeIncoming(place.repository, [])
  renameSync(seal, sealFile(place))
  await syncToDisk(place.repository)
  // Whoever looked for the seal before it was there has let go of the lock when we get it.
  await withLock(place, [], signal, () => ({ outcome: 'sealed' }))
}

function isSealed(place: Pick<BranchPlace, 'repository' | 'branch'>): boolean {
  return existsSync(sealFile(place))
}

function branchFile({ repository, branch }: Pick<BranchPlace, 'repository' | 'branch'>): string {
  return path.join(repository, 'refs', 'heads', branch)
}

function sealFile({ repository, branch }: Pick<BranchPlace, 'repository' | 'branch'>): string {
  return path.join(repository, `sealed-${branch}`)
}

/** Runs `act` with the lock of the branch held; it must be synchronous, because a lock held long looks stale. */
async function withLock(
  place: BranchPlace,
  content: readonly Uint8Array[],
  signal: AbortSignal,
  act: (lock: string, own: { readonly ino: number }) => Attempt,
): Promise<MoveResult> {
  const lock = `${branchFile(place)}.lock`
  await mkdir(path.dirname(lock), { recursive: true })
  const incoming = await writeIncoming(place.repository, content)
  const startedAt = performance.now()
  try {
    for (;;) {
      signal.throwIfAborted()
      const attempt = tryLocked(lock, incoming, act)
      if (attempt.outcome !== 'locked') {
        return attempt
      }
      removeIfStale(lock, place.staleLockMs)
      if (performance.now() - startedAt > place.staleLockMs + 60_000) {
        throw new BotError('GIT_REF_CONFLICT', `${lock} is held by another program`, {
          retry: 'later',
          details: { lock },
        })
      }
      await sleep(1 + Math.random() * 10)
    }
  } finally {
    await rm(incoming, { force: true })
  }
}

function tryLocked(
  lock: string,
  incoming: string,
  act: (lock: string, own: { readonly ino: number }) => Attempt,
): Attempt {
  const own = statSync(incoming)
  try {
    linkSync(incoming, lock)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return { outcome: 'locked' }
    }
    throw error
  }
  try {
    return act(lock, own)
  } catch (error) {
    // The lock was taken for stale and removed while this process was stopped.
    if (hasCode(error, 'ENOENT')) {
      return { outcome: 'locked' }
    }
    throw error
  } finally {
    if (inodeOf(lock) === own.ino) {
      rmSync(lock, { force: true })
    }
  }
}

/**
 * The lock's age is the time since its last link or write by the clock of the file system. It is renamed away and
 * looked at again, so that of two processes that find it stale none removes the fresh lock of the other.
 */
function removeIfStale(lock: string, staleLockMs: number): void {
  try {
    const found = statSync(lock)
    if (Date.now() - found.ctimeMs < staleLockMs) {
      return
    }
    const aside = `${lock}.${process.pid}.lock`
    renameSync(lock, aside)
    if (statSync(aside).ino !== found.ino) {
      linkSync(aside, lock)
    }
    unlinkSync(aside)
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) {
      throw error
    }
  }
}

function packedValue(place: Pick<BranchPlace, 'repository' | 'branch'>): string | null {
  const packed = readIfPresent(path.join(place.repository, 'packed-refs')) ?? ''
  const line = packed.split('\n').find((each) => each.endsWith(` refs/heads/${place.branch}`))
  return line?.split(' ')[0] ?? null
}

function readIfPresent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return null
    }
    throw error
  }
}

function inodeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
