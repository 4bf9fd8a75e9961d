import type { AppliedHow } from '../../../core/application.ts'
import { BotError } from '../../../core/bot-error.ts'
import type { Sha } from '../../../core/ids.ts'
import type { Mailbox } from '../../../core/message.ts'
import { type GitOutput, gitFault, runGit } from '../../cli/run-git.ts'
import { type ApplyArea, headOf } from './apply-area.ts'

export type AmResult =
  | { readonly outcome: 'committed'; readonly sha: Sha; readonly how: AppliedHow }
  /** The tree has it already; nothing was committed. */
  | { readonly outcome: 'nothing-to-do' }
  | { readonly outcome: 'refused'; readonly stdout: string; readonly stderr: string }

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
  const args = ['am', '-3', '--committer-date-is-author-date', '--patch-format=mbox', file]
  const env = {
    ...area.location.env,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.address,
    GIT_ALLOC_LIMIT: allocationLimit,
  }
  const output = await runGit(args, { ...area.location, env }, signal)
  const stdout = Buffer.from(output.stdout).toString('utf8')
  if (output.exitCode !== 0) {
    throwUnlessRefused(args, output)
    return { outcome: 'refused', stdout, stderr: output.stderr }
  }
  const sha = await headOf(area)
  if (sha === before) {
    return { outcome: 'nothing-to-do' }
  }
  return { outcome: 'committed', sha, how: stdout.split('\n').includes(fellBack) ? '3way' : 'git' }
}

/** What the machine says at the end of a line; names out of a patch never stand there. */
const machineFault =
  /(?:: No space left on device|: Disk quota exceeded|: Read-only file system|: Too many open files|: Input\/output error)$/m
const memoryFault = /^fatal: Out of memory|: Cannot allocate memory$/m

function throwUnlessRefused(args: readonly string[], output: GitOutput): void {
  if (machineFault.test(output.stderr)) {
    throw gitFault(args, output)
  }
  // Whatever ends git by a signal is not the patch; of all signals the kernel's memory killer is the likely one.
  if (output.exitCode > 128 || memoryFault.test(output.stderr)) {
    throw new BotError('GIT_OUT_OF_MEMORY', 'git am was killed or ran out of memory', {
      retry: 'later',
      details: { exitCode: output.exitCode, stderr: output.stderr.slice(-4000) },
    })
  }
}
