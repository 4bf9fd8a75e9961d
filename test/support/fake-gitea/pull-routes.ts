import { z } from 'zod'
import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
} from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { answerPage } from './paging.ts'
import { addPull, bringHead, closePull, cutTitle, emitPull } from './pull-life.ts'
import type { FakePull, FakeRepository } from './records.ts'
import { knownRefs, pullShape } from './shapes.ts'
import { callerOf, mayDo, pullAt, repositoryAt, type World } from './world.ts'

const createOption = z.object({
  head: z.string(),
  base: z.string(),
  title: z.string(),
  body: z.string().optional(),
  labels: z.array(z.number()).optional(),
})

const editOption = z.object({
  title: z.string().optional(),
  body: z.string().optional(),
  base: z.string().optional(),
  state: z.enum(['open', 'closed']).optional(),
  labels: z.array(z.number()).optional(),
})

const path = '/repos/{owner}/{repo}/pulls'

/** Pull requests, as `routers/api/v1/repo/pull.go` of Forgejo has them. */
export function pullRoutes(world: World): readonly Route<ApiHandler>[] {
  return [
    { method: 'GET', pattern: path, value: list },
    { method: 'POST', pattern: path, value: create },
    { method: 'GET', pattern: `${path}/{index}`, value: get },
    { method: 'PATCH', pattern: `${path}/{index}`, value: edit },
    { method: 'GET', pattern: `${path}/{base}/{head}`, value: getByHeads },
    { method: 'GET', pattern: `${path}/{index}.{diffType}`, value: diff },
  ]

  function list(call: ApiCall): Promise<ApiAnswer> {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const state = call.query.get('state') ?? 'open'
    const poster = call.query.get('poster')
    const head = world.version.filtersByHead ? call.query.get('head') : null
    if (poster !== null && world.accounts.find(poster) === null) {
      throw new ApiRefusal(400, 'Poster not found')
    }
    const found = [...repository.pulls.values()]
      .filter((pull) => state === 'all' || pull.state === state)
      .filter((pull) => poster === null || pull.poster === poster)
      .filter((pull) => head === null || pull.headBranch === head)
    const isOldestFirst = call.query.get('sort') === 'oldest'
    const sorted = found.toSorted((a, b) => (isOldestFirst ? 1 : -1) * (a.number - b.number))
    const refs = knownRefs(world)
    return answerPage(call, sorted, world.url, (pull) =>
      pullShape(world, repository, pull, login, refs),
    )
  }

  function get(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    return { status: 200, body: pullShape(world, repository, pull, login) }
  }

  /** The first that was ever made of these two, whatever its state. */
  function getByHeads(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const { base, head } = call.params
    const pull = [...repository.pulls.values()].find(
      (one) =>
        one.headRepository === repository.name && one.base === base && one.headBranch === head,
    )
    if (pull === undefined) {
      throw new ApiRefusal(404, "The target couldn't be found.")
    }
    return { status: 200, body: pullShape(world, repository, pull, login) }
  }

  function create(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const wanted = createOption.parse(call.body)
    if (repository.archived) {
      throw new ApiRefusal(423, 'repo is archived')
    }
    const head = findHead(repository, wanted.head)
    const refs = world.git.refs(repository.name)
    const branches = world.git.refs(head.headRepository)
    if (!refs.has(`refs/heads/${wanted.base}`) || !branches.has(`refs/heads/${head.headBranch}`)) {
      throw new ApiRefusal(404, `could not find '${wanted.head}' to be a commit, branch or tag`)
    }
    if (hasOpen(repository, { ...head, base: wanted.base, flow: 0 })) {
      throw new ApiRefusal(409, 'pull request already exists for these targets')
    }
    const pull = addPull(
      world,
      repository,
      {
        ...head,
        title: wanted.title,
        body: wanted.body ?? '',
        base: wanted.base,
        labels: wanted.labels ?? [],
        poster: login,
        flow: 0,
      },
      (ref) => bringHead(world, repository, head, ref),
    )
    return { status: 201, body: pullShape(world, repository, pull, login) }
  }

  function findHead(
    repository: FakeRepository,
    head: string,
  ): { readonly headRepository: string; readonly headBranch: string } {
    const [first = '', branch] = head.split(':')
    const [owner = ''] = repository.name.split('/')
    if (branch === undefined || first.toLowerCase() === owner.toLowerCase()) {
      return { headRepository: repository.name, headBranch: branch ?? first }
    }
    const fork = [...world.repositories.values()].find(
      (one) => one.parent === repository.name && one.name.startsWith(`${first}/`),
    )
    if (fork === undefined) {
      throw new ApiRefusal(404, `${first} does not have a fork of ${repository.name}`)
    }
    return { headRepository: fork.name, headBranch: branch }
  }

  function edit(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    const mayWrite = mayDo(world, repository, login, 'write')
    if (pull.poster !== login && !mayWrite) {
      return { status: 403 }
    }
    const wanted = editOption.parse(call.body)
    pull.title = wanted.title === undefined ? pull.title : cutTitle(wanted.title)
    pull.body = wanted.body ?? pull.body
    if (mayWrite && wanted.labels !== undefined) {
      pull.labels.clear()
      for (const id of wanted.labels) {
        pull.labels.add(id)
      }
    }
    pull.updatedAt = world.now()
    changeState(repository, pull, wanted.state, login)
    changeBase(repository, pull, wanted.base)
    if (wanted.title !== undefined || wanted.body !== undefined) {
      emitPull(world, repository, pull, 'edited', login)
    }
    return { status: 201, body: pullShape(world, repository, pull, login) }
  }

  function changeState(
    repository: FakeRepository,
    pull: FakePull,
    state: 'open' | 'closed' | undefined,
    login: string,
  ): void {
    if (state !== undefined && pull.merged) {
      throw new ApiRefusal(412, 'cannot change state of this pull request, it was already merged')
    }
    if (state === 'closed' && pull.state === 'open') {
      closePull(world, repository, pull, login)
    } else if (state === 'open' && pull.state === 'closed') {
      pull.state = 'open'
      emitPull(world, repository, pull, 'reopened', login)
    }
  }

  function changeBase(repository: FakeRepository, pull: FakePull, base: string | undefined): void {
    if (base === undefined || base === pull.base) {
      return
    }
    if (!world.git.refs(repository.name).has(`refs/heads/${base}`)) {
      throw new ApiRefusal(404, `new base '${base}' not exist`)
    }
    if (hasOpen(repository, { ...pull, base })) {
      throw new ApiRefusal(409, 'pull request already exists for these targets')
    }
    pull.base = base
  }

  async function diff(call: ApiCall): Promise<ApiAnswer> {
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    const range = `refs/heads/${pull.base}...refs/pull/${pull.number}/head`
    const text = await world.git.git(repository.name, ['diff', '--full-index', range])
    return { status: 200, raw: { type: 'text/plain; charset=utf-8', bytes: `${text}\n` } }
  }
}

/** One that is open of the same head, base and flow. */
export function hasOpen(
  repository: FakeRepository,
  wanted: Pick<FakePull, 'headRepository' | 'headBranch' | 'base' | 'flow'>,
): boolean {
  return [...repository.pulls.values()].some(
    (pull) =>
      pull.state === 'open' &&
      pull.flow === wanted.flow &&
      pull.headRepository === wanted.headRepository &&
      pull.headBranch === wanted.headBranch &&
      pull.base === wanted.base,
  )
}
