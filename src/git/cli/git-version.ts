import { BotError } from '../../core/bot-error.ts'
import type { GitSetting } from './git-environment.ts'
import { gitText } from './run-git.ts'

export interface GitVersion {
  readonly major: number
  readonly minor: number
  /** As git prints it: `2.39.5`, `2.39.5 (Apple Git-154)`. */
  readonly text: string
}

/** GIT_CONFIG_GLOBAL, without which the user's configuration leaks in, came with 2.32. */
const oldest = { major: 2, minor: 32 }

/** The version of the git on the PATH. Throws GIT_MISSING and GIT_TOO_OLD. */
export async function requireGit(signal?: AbortSignal): Promise<GitVersion> {
  const version = parseGitVersion(await gitText(['version'], {}, signal))
  if (!isAtLeast(version, oldest.major, oldest.minor)) {
    throw new BotError('GIT_TOO_OLD', `git ${version.text} is older than 2.32`, {
      retry: 'after-human',
      details: { version: version.text },
    })
  }
  return version
}

/** Reads `git version 2.39.5`; what it cannot read counts as 0.0. */
export function parseGitVersion(output: string): GitVersion {
  const text = output.trim().replace(/^git version /, '')
  const found = /^(?<major>\d+)\.(?<minor>\d+)/.exec(text)?.groups
  return { major: Number(found?.['major'] ?? 0), minor: Number(found?.['minor'] ?? 0), text }
}

export function isAtLeast(version: GitVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}

/**
 * Settings that make objects and refs durable before git says they are written: `core.fsync` came with 2.36
 * (git-config(1)); before, loose objects had a switch of their own, packs were always fsynced and refs never.
 */
export function durableSettings(version: GitVersion): readonly GitSetting[] {
  return isAtLeast(version, 2, 36)
    ? [['core.fsync', 'objects,derived-metadata,reference']]
    : [['core.fsyncObjectFiles', 'true']]
}
