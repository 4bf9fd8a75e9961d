import { toSha } from '../../../src/core/ids.ts'
import type { ObservedPush } from '../fake-forge/git-host.ts'
import type { FakePull, FakeRepository } from './records.ts'
import { pullShape, repositoryShape, userShape } from './shapes.ts'
import type { World } from './world.ts'

/** A title is cut at 255 bytes, with an ellipsis (`SplitStringAtByteN`, `models/issues`). */
export function cutTitle(title: string): string {
  const bytes = Buffer.from(title)
  return bytes.length <= 255
    ? title
    : `${bytes
        .subarray(0, 252)
        .toString()
        .replace(/\ufffd$/, '')}…`
}

export interface NewPull {
  readonly title: string
  readonly body: string
  readonly poster: string
  readonly flow: 0 | 1
  readonly headRepository: string
  readonly headBranch: string
  readonly base: string
  readonly labels: readonly number[]
}

/** `bring` gets the head into `refs/pull/<number>/head`. */
export function addPull(
  world: World,
  repository: FakeRepository,
  wanted: NewPull,
  bring: (ref: string) => void,
): FakePull {
  const number = repository.pulls.size + 1
  const now = world.now()
  const known = wanted.labels.filter((id) => repository.labels.some((label) => label.id === id))
  const pull: FakePull = {
    ...wanted,
    title: cutTitle(wanted.title),
    id: world.nextId(),
    number,
    state: 'open',
    merged: false,
    labels: new Set(known),
    comments: [],
    reviews: [],
    createdAt: now,
    updatedAt: now,
  }
  repository.pulls.set(number, pull)
  bring(`refs/pull/${number}/head`)
  emitPull(world, repository, pull, 'opened', wanted.poster)
  return pull
}

export function emitPull(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  action: string,
  login: string,
): void {
  world.hooks.emit('pull_request', action, {
    action,
    number: pull.number,
    pull_request: pullShape(world, repository, pull, login),
    repository: repositoryShape(world, repository, login),
    sender: userShape(world, login),
    commit_id: '',
    review: null,
  })
  const head = world.git.refs(repository.name).get(`refs/pull/${pull.number}/head`)
  if (head !== undefined && (action === 'opened' || action === 'synchronized')) {
    // The answer does not wait for CI.
    setImmediate(() => void world.onHead(toSha(head), repository))
  }
}

/** Copies a branch of a fork, or of the repository itself, to the ref of its pull request: they share their objects. */
export function bringHead(
  world: World,
  repository: FakeRepository,
  from: { readonly headRepository: string; readonly headBranch: string },
  ref: string,
): void {
  const sha = world.git.refs(from.headRepository).get(`refs/heads/${from.headBranch}`)
  if (sha !== undefined) {
    world.git.setRef(repository.name, ref, sha)
  }
}

/** What a push leads to: its own events, and open pull requests that follow their branches. */
export function followPush(world: World, push: ObservedPush): void {
  const repository = world.repositories.get(push.repository.toLowerCase())
  for (const { ref, before, after } of push.moved) {
    if (repository === undefined || !ref.startsWith('refs/heads/')) {
      continue
    }
    const branch = ref.slice('refs/heads/'.length)
    emitRef(world, repository, push.login, { ref, branch, before, after })
    for (const base of world.repositories.values()) {
      const follow = [...base.pulls.values()].filter(
        (pull) =>
          pull.state === 'open' &&
          pull.flow === 0 &&
          pull.headRepository === repository.name &&
          pull.headBranch === branch,
      )
      for (const pull of follow) {
        if (after === null) {
          closePull(world, base, pull, push.login)
        } else {
          synchronize(world, base, pull, push.login)
        }
      }
    }
  }
}

function synchronize(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
): void {
  bringHead(world, repository, pull, `refs/pull/${pull.number}/head`)
  pull.updatedAt = world.now()
  emitPull(world, repository, pull, 'synchronized', login)
}

export function closePull(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
): void {
  pull.state = 'closed'
  pull.updatedAt = world.now()
  emitPull(world, repository, pull, 'closed', login)
}

function emitRef(
  world: World,
  repository: FakeRepository,
  login: string,
  move: {
    readonly ref: string
    readonly branch: string
    readonly before: string | null
    readonly after: string | null
  },
): void {
  const common = {
    repository: repositoryShape(world, repository, login),
    sender: userShape(world, login),
  }
  const none = '0'.repeat(40)
  const { ref, branch, before, after } = move
  if (before === null || after === null) {
    world.hooks.emit(before === null ? 'create' : 'delete', null, {
      ref: branch,
      ref_type: 'branch',
      sha: after ?? before,
      pusher_type: 'user',
      ...common,
    })
  }
  if (after !== null) {
    world.hooks.emit('push', null, {
      ref,
      before: before ?? none,
      after,
      compare_url: '',
      commits: [],
      total_commits: 0,
      head_commit: { id: after },
      pusher: userShape(world, login),
      ...common,
    })
  }
}
