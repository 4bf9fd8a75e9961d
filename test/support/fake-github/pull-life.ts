import { toSha } from '../../../src/core/ids.ts'
import type { Account } from '../fake-forge/accounts.ts'
import type { RefMove } from '../fake-forge/git-host.ts'
import { tipOf } from './branches.ts'
import { isContained } from './history.ts'
import { fullPullShape } from './pull-shapes.ts'
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
  // What the workflows of CI are for; they begin by themselves, whatever becomes of the delivery.
  if (['opened', 'synchronize', 'reopened'].includes(action)) {
    world.onHead(toSha(pull.headSha), pull.number).catch((error: unknown) => {
      world.report(`CI: ${String(error)}`)
    })
  }
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
  pull.baseSha = tipOf(world, repository.fullName, pull.baseBranch) ?? pull.baseSha
  pull.updatedAt = now()
  showHead(world, repository, pull)
  if (await isContained(world, pull.headSha, pull.baseSha)) {
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
  } else if (await isContained(world, pull.headSha, after)) {
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

/** `refs/pull/N/head` of where the pull request is; the commits are there already, as in every network of forks. */
export function showHead(world: World, repository: Repository, pull: Pull): void {
  world.git.setRef(repository.fullName, `refs/pull/${pull.number}/head`, pull.headSha)
}
