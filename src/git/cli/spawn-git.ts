import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { BotError } from '../../core/bot-error.ts'
import { type GitSetting, gitEnvironment } from './git-environment.ts'

export interface GitLocation {
  readonly gitDir?: string
  readonly cwd?: string
  /** Added to the neutral environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Configuration for this call, through the environment; secrets belong here. */
  readonly settings?: readonly GitSetting[]
}

/** How long git gets to remove its lock files before it is killed. */
const graceMs = 2000

/**
 * Starts git in a process group of its own, without a shell and without a terminal. The caller reads, waits
 * and, to stop it with all its children, calls `stopGit`.
 */
export function spawnGit(
  args: readonly string[],
  location: GitLocation,
): ChildProcessWithoutNullStreams {
  const extra = location.gitDir === undefined ? {} : { GIT_DIR: location.gitDir }
  const child = spawn('git', args, {
    cwd: location.cwd ?? '/',
    env: gitEnvironment(location.settings ?? [], { ...extra, ...location.env }),
    detached: true,
    stdio: 'pipe',
  })
  // A child that ends early leaves its input unread: its exit status tells why, EPIPE does not.
  child.stdin.on('error', () => {})
  return child
}

/** Ends the process group: politely first, so that lock files are removed, then for good. */
export function stopGit(child: ChildProcessWithoutNullStreams): void {
  signalGroup(child, 'SIGTERM')
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  child.once('close', () => clearTimeout(timer))
}

/** How long a git that reads commands gets to finish when it is given no more. */
const endingMs = 5000

/** Closes the input of a git that waits for commands, and stops it if it does not end by itself; `ended` says when it did. */
export async function endGit(
  child: ChildProcessWithoutNullStreams,
  ended: Promise<void>,
): Promise<void> {
  child.stdin.end()
  const timer = setTimeout(() => stopGit(child), endingMs)
  await ended
  clearTimeout(timer)
}

function signalGroup(child: ChildProcessWithoutNullStreams, name: NodeJS.Signals): void {
  if (child.pid === undefined) {
    return
  }
  try {
    process.kill(-child.pid, name)
  } catch {
    // It has ended already.
  }
}

/** What an `error` event of a child means: the program is missing, or could not be started now. */
export function startFault(error: NodeJS.ErrnoException, location: GitLocation): BotError {
  if (error.code === 'ENOENT' && existsSync(location.cwd ?? '/')) {
    return new BotError('GIT_MISSING', 'git was not found on the PATH', {
      retry: 'after-human',
      cause: error,
    })
  }
  return new BotError('GIT_NOT_STARTED', `git could not be started: ${error.message}`, {
    retry: 'later',
    details: { cwd: location.cwd ?? '/' },
    cause: error,
  })
}
