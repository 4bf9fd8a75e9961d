import { BotError } from '../../core/bot-error.ts'
import { readFailure } from '../cli/read-failure.ts'
import type { GitOutput } from '../cli/run-git.ts'
import type { PushResult, RefUpdate, Remote } from '../git-engine.ts'
import { callRemote, listRemoteRefs, remoteFault, unreachable, withoutPassword } from './remote.ts'
import type { Repository } from './repository.ts'

type Attempt =
  | { readonly outcome: 'pushed' }
  | { readonly outcome: 'refused'; readonly output: GitOutput; readonly args: readonly string[] }

/**
 * Pushes as `GitEngine.push` says. When git reports a failure the remote is asked where the refs are now: that,
 * and not the wording of the failure, tells a stale lease from a refusal and a push that was done before.
 */
export async function pushRefs(
  repository: Repository,
  remote: Remote,
  updates: readonly RefUpdate[],
  signal: AbortSignal | undefined,
): Promise<PushResult> {
  let wanted = updates
  for (;;) {
    const attempt = await pushOnce(repository, remote, wanted, signal)
    if (attempt.outcome === 'pushed') {
      return attempt
    }
    const text = outputText(attempt.output)
    const failure = readFailure(text)
    if (failure.kind === 'unreachable') {
      throw unreachable(remote, text)
    }
    if (failure.kind === 'denied') {
      return { outcome: 'refused', reason: 'permission', output: forPeople(text) }
    }
    const names = wanted.map((update) => update.ref)
    const refs = await listRemoteRefs(repository, remote, names, signal)
    const pending = wanted.filter(({ ref, target }) => (refs.get(ref) ?? null) !== target)
    const stale = pending.filter(({ ref, expected }) => (refs.get(ref) ?? null) !== expected)
    if (stale.length > 0) {
      return {
        outcome: 'stale',
        refs: stale.map(({ ref }) => ({ ref, actual: refs.get(ref) ?? null })),
      }
    }
    if (pending.length < wanted.length) {
      wanted = pending
      continue
    }
    if (failure.kind === 'refused') {
      return { outcome: 'refused', reason: failure.reason, output: forPeople(text) }
    }
    throw failure.kind === 'stale'
      ? busy(remote, text)
      : remoteFault(remote, attempt.args, attempt.output)
  }
}

async function pushOnce(
  repository: Repository,
  remote: Remote,
  updates: readonly RefUpdate[],
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  if (updates.length === 0) {
    return { outcome: 'pushed' }
  }
  const leases = updates.map(({ ref, expected }) => `--force-with-lease=${ref}:${expected ?? ''}`)
  const specs = updates.map(({ ref, target }) => `${target ?? ''}:${ref}`)
  const options = ['--atomic', '--porcelain', '--no-verify', '--no-follow-tags']
  const args = [
    'push',
    ...options,
    '--no-recurse-submodules',
    ...leases,
    '--',
    remote.url,
    ...specs,
  ]
  const output = await callRemote(remote, args, repository.view, signal)
  return output.exitCode === 0
    ? { outcome: 'pushed' }
    : { outcome: 'refused', output, args: ['push', remote.url] }
}

/** Refs that are where they should be and still would not move: somebody else is moving them. */
function busy(remote: Remote, said: string): BotError {
  return new BotError('GIT_REF_CONFLICT', 'the remote is busy with the same refs', {
    retry: 'later',
    details: { url: withoutPassword(remote.url), stderr: said.slice(-4000) },
  })
}

function outputText(output: GitOutput): string {
  return `${Buffer.from(output.stdout).toString('utf8')}\n${output.stderr}`
}

function forPeople(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:To |Done$|hint: )/.test(line))
    .join('\n')
    .slice(0, 8000)
}
