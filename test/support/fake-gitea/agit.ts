import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { addPull, emitPull } from './pull-life.ts'
import type { FakePull, FakeRepository } from './records.ts'
import type { World } from './world.ts'

export interface AgitPush {
  readonly login: string
  readonly commands: readonly {
    readonly before: string
    readonly after: string
    readonly ref: string
  }[]
  /** `key=value` each. */
  readonly options: readonly string[]
}

export type AgitResult =
  | { readonly ref: string; readonly refused: string }
  | {
      readonly ref: string
      readonly name: string
      readonly before: string
      readonly after: string
      readonly isForced: boolean
    }

const none = '0'.repeat(40)

/** Whoever may not write may push to refs/for/ all the same. */
const preReceive = `#!/bin/sh
[ "$PATCHFERRY_FAKE_MAY_WRITE" = yes ] && exit 0
while read -r before after ref; do
  case "$ref" in refs/for/*) ;; *) echo 'User permission denied for writing.' >&2; exit 1 ;; esac
done
`

/** Lets a repository take pushes to refs/for/ (git 2.29). */
export const agitConfig = {
  'receive.advertisePushOptions': 'true',
  'receive.procReceiveRefs': 'refs/for',
}

/** The hooks that `agitConfig` needs. */
export function takeAgit(world: World, repository: FakeRepository): void {
  const hooks = path.join(world.git.directory(repository.name), 'hooks')
  mkdirSync(hooks, { recursive: true })
  const hook = path.join(hooks, 'proc-receive')
  copyFileSync(path.join(import.meta.dirname, 'proc-receive.mjs'), hook)
  // Without a name that ends in .mjs, what the folder says of the kind of its scripts counts.
  writeFileSync(path.join(hooks, 'package.json'), '{"type":"module"}')
  chmodSync(hook, 0o755)
  writeFileSync(path.join(hooks, 'pre-receive'), preReceive, { mode: 0o755 })
}

/** What `services/agit` of Forgejo does with a push to `refs/for/<base>/<topic>`. */
export async function receiveAgit(
  world: World,
  repository: FakeRepository,
  push: AgitPush,
): Promise<readonly AgitResult[]> {
  const results: AgitResult[] = []
  for (const command of push.commands) {
    results.push(await receiveOne(world, repository, push, command))
  }
  return results
}

async function receiveOne(
  world: World,
  repository: FakeRepository,
  { login, options }: AgitPush,
  { ref, after }: AgitPush['commands'][number],
): Promise<AgitResult> {
  const option = optionsOf(options)
  function refuse(refused: string): AgitResult {
    return { ref, refused }
  }
  if (after === none) {
    return refuse('Cannot delete a non-existent branch.')
  }
  const target = splitTarget(world, repository, ref.slice('refs/for/'.length))
  const topic = target.topic ?? option('topic')
  if (topic === null || topic === '') {
    return refuse('The topic-branch option is not set')
  }
  const own = `${login.toLowerCase()}/`
  const headBranch = topic.startsWith(own) ? topic : `${own}${topic}`
  const there = [...repository.pulls.values()].find(
    (pull) =>
      pull.flow === 1 &&
      pull.state === 'open' &&
      pull.headBranch === headBranch &&
      pull.base === target.base,
  )
  if (there !== undefined) {
    return update(world, repository, there, { ref, after, login, option })
  }
  function git(...args: readonly string[]): Promise<string> {
    return world.git.git(repository.name, args)
  }
  if ((await git('rev-list', '-1', after, `^refs/heads/${target.base}`)) === '') {
    return refuse('The target branch already contains this commit')
  }
  const message = await git('log', '-1', '--format=%s%n%n%b', after)
  const [subject = '', ...rest] = message.split('\n\n')
  const pull = addPull(
    world,
    repository,
    {
      title: option('title') || subject,
      body: option('description') || rest.join('\n\n'),
      poster: login,
      flow: 1,
      headRepository: repository.name,
      headBranch,
      base: target.base,
      labels: [],
    },
    (name) => world.git.setRef(repository.name, name, after),
  )
  return { ref, name: `refs/pull/${pull.number}/head`, before: none, after, isForced: false }
}

/** Of an open one; without `force-push` only forward. */
async function update(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  push: {
    readonly ref: string
    readonly after: string
    readonly login: string
    readonly option: (name: string) => string | null
  },
): Promise<AgitResult> {
  const { ref, after } = push
  const name = `refs/pull/${pull.number}/head`
  function git(...args: readonly string[]): Promise<string> {
    return world.git.git(repository.name, args)
  }
  const before = await git('rev-parse', name)
  if (before === after) {
    return { ref, refused: 'The new commit is the same as the old commit' }
  }
  const isForced = (await git('rev-list', '-1', before, `^${after}`)) !== ''
  if (isForced && push.option('force-push') === null) {
    return {
      ref,
      refused:
        'Updates were rejected because the tip of your current branch is behind its remote counterpart.',
    }
  }
  world.git.setRef(repository.name, name, after)
  pull.updatedAt = world.now()
  emitPull(world, repository, pull, 'synchronized', push.login)
  return { ref, name, before, after, isForced }
}

/** `<base>/<topic>`, where both may have slashes: the shortest base that is a branch. */
function splitTarget(
  world: World,
  repository: FakeRepository,
  target: string,
): { readonly base: string; readonly topic: string | null } {
  const refs = world.git.refs(repository.name)
  if (refs.has(`refs/heads/${target}`)) {
    return { base: target, topic: null }
  }
  for (let at = target.indexOf('/'); at >= 0; at = target.indexOf('/', at + 1)) {
    if (refs.has(`refs/heads/${target.slice(0, at)}`) && at < target.length - 1) {
      return { base: target.slice(0, at), topic: target.slice(at + 1) }
    }
  }
  return { base: target, topic: null }
}

/** Values may be written as `{base64}...`, for more than one line. */
function optionsOf(options: readonly string[]): (name: string) => string | null {
  const values = new Map(
    options.map((option) => {
      const [name = '', ...rest] = option.split('=')
      return [name, rest.join('=')]
    }),
  )
  return (name) => {
    const value = values.get(name)
    if (value === undefined) {
      return null
    }
    return value.startsWith('{base64}')
      ? Buffer.from(value.slice('{base64}'.length), 'base64').toString()
      : value
  }
}
