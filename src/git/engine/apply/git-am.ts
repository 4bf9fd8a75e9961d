import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { AppliedHow } from '../../../core/apply/application.ts'
import { BotError } from '../../../core/bot-error.ts'
import { type Sha, toSha } from '../../../core/ids.ts'
import type { Mailbox } from '../../../core/message.ts'
import { type GitOutput, gitFault, gitText, runGit } from '../../cli/run-git.ts'
import { type ApplyArea, headOf } from './apply-area.ts'

export type AmResult =
  | { readonly outcome: 'committed'; readonly sha: Sha; readonly how: AppliedHow }
  /** The tree has it already; nothing was committed. */
  | { readonly outcome: 'nothing-to-do' }
  | { readonly outcome: 'refused'; readonly stdout: string; readonly stderr: string }

export interface AmCommit {
  readonly sha: Sha
  readonly how: AppliedHow
}

/** More than any honest file; a small binary patch may claim to unpack to any size. */
const allocationLimit = '1g'

const fellBack = 'Falling back to patching base and 3-way merge...'

/**
 * `git am -3 --committer-date-is-author-date` of one mail on the area's head. Throws when git failed for a reason that
 * is not in the patch: no space, no memory, killed.
 */
export async function amOne(
  area: ApplyArea,
  file: string,
  committer: Mailbox,
  signal: AbortSignal | undefined,
): Promise<AmResult> {
  const before = await headOf(area)
  const output = await am(area, [file], committer, signal)
  const stdout = Buffer.from(output.stdout).toString('utf8')
  if (output.exitCode !== 0) {
    return { outcome: 'refused', stdout, stderr: output.stderr }
  }
  const sha = await headOf(area)
  return sha === before
    ? { outcome: 'nothing-to-do' }
    : { outcome: 'committed', sha, how: howApplied(stdout) }
}

/**
 * The same for a whole series at once, five times as fast. Gives the commits of the first patches, one each: of all of
 * them when all applied, and of none when git skipped one, as then it does not say which.
 */
export async function amTogether(
  area: ApplyArea,
  files: readonly string[],
  committer: Mailbox,
  signal: AbortSignal | undefined,
): Promise<readonly AmCommit[]> {
  const before = await headOf(area)
  const output = await am(area, files, committer, signal)
  const done = output.exitCode === 0 ? files.length : await countBeforeStop(area)
  const walk = ['rev-list', '--first-parent', `--max-count=${files.length + 1}`, 'HEAD']
  const line = (await gitText(walk, area.location, signal)).trim().split('\n').map(toSha)
  const commits = line.slice(0, line.indexOf(before)).toReversed()
  if (!line.includes(before) || commits.length !== done) {
    return []
  }
  const said = Buffer.from(output.stdout)
    .toString('utf8')
    .split(/^Applying: /m)
    .slice(1)
  // Names out of a patch can look like such a line: then all that is known is that git did it.
  const isTold = said.length === (output.exitCode === 0 ? done : done + 1)
  return commits.map((sha, index) => ({
    sha,
    how: isTold ? howApplied(said[index] ?? '') : 'git',
  }))
}

async function am(
  area: ApplyArea,
  files: readonly string[],
  committer: Mailbox,
  signal: AbortSignal | undefined,
): Promise<GitOutput> {
  const args = ['am', '-3', '--committer-date-is-author-date', '--patch-format=mbox', ...files]
  const env = {
    ...area.location.env,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.address,
    GIT_ALLOC_LIMIT: allocationLimit,
  }
  const output = await runGit(args, { ...area.location, env }, signal)
  if (output.exitCode !== 0) {
    throwUnlessRefused(args, output)
  }
  return output
}

function howApplied(said: string): AppliedHow {
  return said.split('\n').includes(fellBack) ? '3way' : 'git'
}

/** How many patches were done when git stopped, from its own state; 0 where it left none. */
async function countBeforeStop(area: ApplyArea): Promise<number> {
  try {
    const next = await readFile(path.join(area.gitDir, 'rebase-apply/next'), 'latin1')
    return Number(next) - 1
  } catch {
    return 0
  }
}

/** What the machine says at the end of a line; names out of a patch never stand there. */
const machineFault =
  /(?:: No space left on device|: Disk quota exceeded|: Read-only file system|: Too many open files|: Input\/output error)$/m
/** Git breaks down on some patches, and would again. */
const ownFault = /: Assertion `.*' failed\.$|^BUG: /m
const memoryFault = /^fatal: Out of memory|: Cannot allocate memory$/m

function throwUnlessRefused(args: readonly string[], output: GitOutput): void {
  if (machineFault.test(output.stderr)) {
    throw gitFault(args, output)
  }
  // Whatever ends git by a signal is not the patch; of all signals the kernel's memory killer is the likely one.
  const isPatch = ownFault.test(output.stderr)
  if ((output.exitCode > 128 && !isPatch) || memoryFault.test(output.stderr)) {
    throw new BotError('GIT_OUT_OF_MEMORY', 'git am was killed or ran out of memory', {
      retry: 'later',
      details: { exitCode: output.exitCode, stderr: output.stderr.slice(-4000) },
    })
  }
}
