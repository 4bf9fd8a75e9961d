import { readFailure } from '../cli/read-failure.ts'
import type { Proposal, PushResult, Remote } from '../git-engine.ts'
import { forPeople, outputText } from './push.ts'
import { callRemote, remoteFault, unreachable } from './remote.ts'
import type { Repository } from './repository.ts'

/** What Gitea and Forgejo answer where the pull request is at this head already (services/agit). */
const isThere = /new commit is same with old commit/i

function option(name: string, value: string): readonly string[] {
  return ['-o', `${name}=${value.replace(/[\0\r\n]+/g, ' ')}`]
}

/** See `GitEngine.pushForReview`. */
export async function pushForReview(
  repository: Repository,
  remote: Remote,
  { head, base, topic, title, description, isForced }: Proposal,
  signal: AbortSignal | undefined,
): Promise<Exclude<PushResult, { outcome: 'stale' }>> {
  const into = `refs/for/${base.replace(/^refs\/heads\//, '')}/${topic}`
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--no-recurse-submodules',
    ...option('topic', topic),
    ...option('title', title),
    ...option('description', description),
    ...(isForced ? option('force-push', 'true') : []),
    '--',
    remote.url,
    `${head}:${into}`,
  ]
  const output = await callRemote(remote, args, repository.view, signal)
  const text = outputText(output)
  if (output.exitCode === 0 || isThere.test(text)) {
    return { outcome: 'pushed' }
  }
  const failure = readFailure(text)
  switch (failure.kind) {
    case 'unreachable':
      throw unreachable(remote, text)
    case 'denied':
      return { outcome: 'refused', reason: 'permission', output: forPeople(text) }
    case 'refused':
      return { outcome: 'refused', reason: failure.reason, output: forPeople(text) }
    case 'stale':
    case 'ref-missing':
    case 'unknown':
      throw remoteFault(remote, ['push', remote.url], output)
  }
}
