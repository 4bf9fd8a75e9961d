import type { ObservedPush, RefMove } from '../fake-forge/git-host.ts'
import { isContained } from './history.ts'
import { pushReachesPulls } from './pull-life.ts'
import type { Repository } from './records.ts'
import type { Shape } from './shapes.ts'
import type { World } from './world.ts'

const nothing = '0'.repeat(40)

/** What a push means for everything that knows of branches. */
export async function onPush(
  world: World,
  { repository: name, login, moved }: ObservedPush,
): Promise<void> {
  const repository = world.repositories.get(name.toLowerCase())
  if (repository === undefined) {
    return
  }
  const sender = world.accounts.add(login)
  for (const move of moved.filter(({ ref }) => /^refs\/(?:heads|tags)\//.test(ref))) {
    world.emit('push', null, repository, sender, await pushShape(world, repository, login, move))
    if (move.before === null || move.after === null) {
      const [, kind, short = ''] = /^refs\/(heads|tags)\/(.*)$/.exec(move.ref) ?? []
      world.emit(move.after === null ? 'delete' : 'create', null, repository, sender, {
        ref: short,
        ref_type: kind === 'tags' ? 'tag' : 'branch',
        pusher_type: 'user',
        ...(move.after === null ? {} : { master_branch: 'main' }),
      })
    }
    await pushReachesPulls(world, repository, move, sender)
  }
}

async function pushShape(
  world: World,
  repository: Repository,
  login: string,
  { ref, before, after }: RefMove,
): Promise<Shape> {
  const isForced = before !== null && after !== null && !(await isContained(world, before, after))
  return {
    ref,
    before: before ?? nothing,
    after: after ?? nothing,
    created: before === null,
    deleted: after === null,
    forced: isForced,
    base_ref: null,
    commits: [],
    head_commit: null,
    compare: `${world.url}/${repository.fullName}/compare/${before ?? nothing}...${after ?? nothing}`,
    pusher: { name: login, email: null },
  }
}
