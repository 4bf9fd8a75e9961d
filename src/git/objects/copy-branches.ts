import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { Sha } from '../../core/ids.ts'
import { gitFault, runGit } from '../cli/run-git.ts'
import { ensureRepository } from './create-repository.ts'
import { maintainRepository } from './maintain.ts'
import { readBranch } from './ref-file.ts'
import { countPacks } from './roll-up-packs.ts'

/** Each copy adds a pack; at so many they are rolled into fewer. */
const packsBeforeRepack = 32
const longestMs = 6 * 60 * 60_000

/**
 * Brings the branches of `from`, a bare repository that only grows, to the one in `to`, made where absent: whatever is new
 * there, each object checked against its name. Durable when it resolves. Gives the commit of each branch, null for one that
 * `from` has not. May run beside appends to `from`. Throws GIT_HISTORY_REWRITTEN where `to` has commits that `from` lacks, and
 * what git says of a damaged `from`.
 */
export async function copyBranches(
  from: string,
  to: string,
  branches: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, Sha | null>>> {
  await ensureRepository(to, branches[0] ?? 'master')
  const there = branches.filter((branch) => readBranch({ repository: from, branch }) !== null)
  const gone = branches.filter((branch) => !there.includes(branch))
  if (gone.some((branch) => readBranch({ repository: to, branch }) !== null)) {
    throw elsewhere(from, to)
  }
  if (there.length > 0) {
    const specs = there.map((branch) => `refs/heads/${branch}:refs/heads/${branch}`)
    const args = [
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      '--atomic',
      from,
      ...specs,
    ]
    const settings = [
      ['fetch.fsckObjects', 'false'],
      ['fetch.unpackLimit', '1'],
    ] as const
    const output = await runGit(args, { gitDir: to, timeoutMs: longestMs, settings }, signal)
    if (output.exitCode !== 0) {
      throw (await isElsewhere(from, to, there, signal))
        ? elsewhere(from, to)
        : gitFault(args, output)
    }
  }
  if ((await countPacks(path.join(to, 'objects'))) >= packsBeforeRepack) {
    await maintainRepository(to, signal)
  }
  return Object.fromEntries(
    branches.map((branch) => [branch, readBranch({ repository: to, branch })]),
  )
}

function elsewhere(from: string, to: string): BotError {
  return new BotError('GIT_HISTORY_REWRITTEN', `${to} has commits that ${from} has not`, {
    retry: 'after-human',
    details: { from, to },
  })
}

async function isElsewhere(
  from: string,
  to: string,
  branches: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const branch of branches) {
    const tip = readBranch({ repository: to, branch })
    if (tip !== null && !(await hasCommit(from, branch, tip, signal))) {
      return true
    }
  }
  return false
}

/** Whether `ancestor` is in the history of `branch`, or where it is at. */
export async function hasCommit(
  repository: string,
  branch: string,
  ancestor: Sha,
  signal: AbortSignal,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, `refs/heads/${branch}`]
  return (await runGit(args, { gitDir: repository }, signal)).exitCode === 0
}
