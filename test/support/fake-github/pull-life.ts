import type { Account } from '../fake-forge/accounts.ts'
import type { RefMove } from '../fake-forge/git-host.ts'
import { fullPullShape, mergeBase } from './pull-shapes.ts'
import type { Pull, Repository } from './records.ts'
import type { Shape } from './shapes.ts'
import { now, type World } from './world.ts'

/** Says that something happened to a pull request, to whom it may concern. */
export async function tellOfPull(
  world: World,
  repository: Repository,
  pull: Pull,
  action: string,
  sender: Account,
  more: Shape = {},
): Promise<void> {
  world.emit('pull_request', action, repository, sender, {
    number: pull.number,
    pull_request: await fullPullShape(world, repository, pull),
    ...more,
  })
}

/** What a push means for the pull requests of all repositories of the network. */
export async function pushReachesPulls(
  world: World,
  pushed: Repository,
  move: RefMove,
  sender: Account,
): Promise<void> {
  const branch = move.ref.replace('refs/heads/', '')
  for (const repository of world.repositories.values()) {
    for (const pull of repository.pulls.values()) {
      const isHead = pull.headRepository === pushed.fullName && pull.headBranch === branch
      const isBase = repository === pushed && pull.baseBranch === branch
      if (isHead) {
        await headMoved(world, repository, pull, move, sender)
      }
      if (isBase && pull.state === 'open') {
        await baseMoved(world, repository, pull, move, sender)
      }
    }
  }
}

async function headMoved(
  world: World,
  repository: Repository,
  pull: Pull,
  { before, after }: RefMove,
  sender: Account,
): Promise<void> {
  if (pull.state === 'closed') {
    return
  }
  if (after === null) {
    // "If you delete a head branch after its pull request has been merged/closed..."; deleting it while open closes it:
    // docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/.../deleting-and-restoring-branches-in-a-pull-request
    await closePull(world, repository, pull, sender)
    return
  }
  pull.headSha = after
  pull.baseSha = await tipOf(world, repository.fullName, pull.baseBranch, pull.baseSha)
  pull.updatedAt = now()
  await fetchHead(world, repository, pull)
  if (await isContained(world, repository, pull.headSha, pull.baseSha)) {
    // Nothing is left to pull: seen as "closed this" with "head and base are the same" by many who pushed so by mistake.
    await closePull(world, repository, pull, sender)
    return
  }
  await tellOfPull(world, repository, pull, 'synchronize', sender, { before, after })
}

async function baseMoved(
  world: World,
  repository: Repository,
  pull: Pull,
  { after }: RefMove,
  sender: Account,
): Promise<void> {
  if (after === null) {
    await closePull(world, repository, pull, sender)
  } else if (await isContained(world, repository, pull.headSha, after)) {
    // "indirect merges": docs.github.com/pull-requests/.../about-pull-request-merges#indirect-merges
    pull.mergedAt = now()
    await closePull(world, repository, pull, sender)
  }
}

export async function closePull(
  world: World,
  repository: Repository,
  pull: Pull,
  sender: Account,
): Promise<void> {
  pull.state = 'closed'
  pull.closedAt = now()
  pull.updatedAt = pull.closedAt
  await tellOfPull(world, repository, pull, 'closed', sender)
}

/** Brings the commits of the head to where the pull request is: `refs/pull/N/head`. */
export async function fetchHead(world: World, repository: Repository, pull: Pull): Promise<void> {
  const ref = `refs/pull/${pull.number}/head`
  if (pull.headRepository === repository.fullName) {
    await world.git.git(repository.fullName, ['update-ref', ref, pull.headSha])
  } else {
    const from = world.git.directory(pull.headRepository)
    await world.git.git(repository.fullName, [
      'fetch',
      '-q',
      '--no-tags',
      from,
      `+refs/heads/${pull.headBranch}:${ref}`,
    ])
  }
}

/** Null where there is no such branch. */
export async function tipOf(world: World, fullName: string, branch: string): Promise<string | null>
export async function tipOf(
  world: World,
  fullName: string,
  branch: string,
  otherwise: string,
): Promise<string>
export async function tipOf(
  world: World,
  fullName: string,
  branch: string,
  otherwise: string | null = null,
): Promise<string | null> {
  const args = ['rev-parse', '--verify', '-q', `refs/heads/${branch}^{commit}`]
  return world.git.git(fullName, args).catch(() => otherwise)
}

async function isContained(
  world: World,
  repository: Repository,
  sha: string,
  by: string,
): Promise<boolean> {
  return (await mergeBase(world, repository.fullName, sha, by)) === sha
}
