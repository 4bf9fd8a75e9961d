import { z } from 'zod'
import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
} from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { pageOf } from './paging.ts'
import type { FakeRepository, FakeStatus } from './records.ts'
import { repositoryShape, statusShape, userShape } from './shapes.ts'
import { callerOf, demand, repositoryAt, type World } from './world.ts'

const statusOption = z.object({
  state: z.string(),
  context: z.string().default('default'),
  description: z.string().default(''),
  target_url: z.string().default(''),
})

const path = '/repos/{owner}/{repo}'

/** Worst first; what is not here is the best. */
const severity = ['error', 'failure', 'warning', 'pending', 'success']

/** Commit statuses, as `routers/api/v1/repo/status.go` has them. */
export function statusRoutes(world: World): readonly Route<ApiHandler>[] {
  return [
    { method: 'GET', pattern: `${path}/commits/{ref}/status`, value: combined },
    { method: 'POST', pattern: `${path}/statuses/{sha}`, value: create },
  ]

  /** Everything is empty, as Go writes it, where nothing is known. No `Link` here, only a count. */
  function combined(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const sha = call.params['ref'] ?? ''
    const last = lastOfEach(repository, sha)
    const { items } = pageOf(call, last)
    if (items.length === 0) {
      const empty = { sha: '', state: '', total_count: 0, statuses: null, repository: null }
      return { status: 200, body: { ...empty, url: '', commit_url: '' } }
    }
    return {
      status: 200,
      headers: { 'x-total-count': String(last.length) },
      body: {
        sha,
        state: severity.find((one) => items.some(({ status }) => status === one)) ?? 'pending',
        total_count: items.length,
        statuses: items.map((status) => statusShape(world, repository, status)),
        repository: repositoryShape(world, repository, login),
        url: '',
        commit_url: '',
      },
    }
  }

  async function create(call: ApiCall): Promise<ApiAnswer> {
    const account = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    demand(world, repository, account, 'write')
    const sha = call.params['sha'] ?? ''
    const wanted = statusOption.parse(call.body)
    try {
      await world.git.git(repository.name, ['cat-file', '-e', `${sha}^{commit}`])
    } catch {
      throw new ApiRefusal(404, `object does not exist [id: ${sha}]`)
    }
    const made = addStatus(world, repository, {
      sha,
      context: wanted.context,
      status: wanted.state,
      description: wanted.description,
      targetUrl: wanted.target_url,
      login: account.login,
    })
    return { status: 201, body: statusShape(world, repository, made) }
  }
}

function lastOfEach({ statuses }: FakeRepository, sha: string): readonly FakeStatus[] {
  const last = new Map<string, FakeStatus>()
  for (const status of statuses.filter((one) => one.sha === sha)) {
    last.set(status.context, status)
  }
  return [...last.values()].toSorted((a, b) => b.id - a.id)
}

/** Only Gitea sends a webhook of it. */
export function addStatus(
  world: World,
  repository: FakeRepository,
  status: Omit<FakeStatus, 'id' | 'at'>,
): FakeStatus {
  const made = { ...status, id: world.nextId(), at: world.now() }
  repository.statuses.push(made)
  if (world.version.product === 'gitea') {
    world.hooks.emit('status', null, {
      sha: made.sha,
      commit: { id: made.sha },
      context: made.context,
      state: made.status,
      description: made.description,
      target_url: made.targetUrl,
      repository: repositoryShape(world, repository, made.login),
      sender: userShape(world, made.login),
    })
  }
  return made
}
