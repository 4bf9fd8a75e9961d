import type { Account } from '../fake-forge/accounts.ts'
import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf, checkMayWrite } from './callers.ts'
import { isCommit } from './history.ts'
import type { CommitStatus, Repository } from './records.ts'
import { invalid, ok, paged, type RepositoryCall, type RepositoryRoute, textOf } from './routes.ts'
import { apiUrl, nodeId, repositoryShape, type Shape, userShape } from './shapes.ts'
import { now, type World } from './world.ts'

export const statusRoutes: readonly RepositoryRoute[] = [
  ['POST', '/statuses/{sha}', create],
  ['GET', '/commits/{ref}/statuses', list],
  ['GET', '/commits/{ref}/status', combined],
]

function statusShape(world: World, repository: Repository, status: CommitStatus): Shape {
  return {
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    url: apiUrl(world, `/repos/${repository.fullName}/statuses/${status.sha}`),
  }
}

async function create(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller, params } = call
  checkMayWrite(world, caller, repository)
  const sha = params['sha'] ?? ''
  if ((await commitOf(world, repository, sha)) === null) {
    throw new ApiRefusal(422, `No commit found for SHA: ${sha}`)
  }
  const description = textOf(call, 'description')
  if ((description ?? '').length > 140) {
    // Seen in many bots' issue threads; the description of the API says nothing of it.
    throw invalid(
      'Status',
      'description',
      'custom',
      'description is too long (maximum is 140 characters)',
    )
  }
  const status = addStatus(world, repository, accountOf(caller), {
    sha,
    state: textOf(call, 'state') ?? '',
    context: textOf(call, 'context') ?? 'default',
    description,
    targetUrl: textOf(call, 'target_url'),
  })
  const creator = userShape(world, status.creator)
  return ok({ ...statusShape(world, repository, status), creator }, 201)
}

export function addStatus(
  world: World,
  repository: Repository,
  creator: Account,
  given: Omit<CommitStatus, 'id' | 'creator' | 'createdAt'>,
): CommitStatus {
  const status = { ...given, id: world.nextId(), creator, createdAt: now() }
  repository.statuses.push(status)
  const person = { name: 'Ada Author', email: 'ada@example.org', date: status.createdAt }
  world.emit('status', null, repository, creator, {
    id: status.id,
    sha: status.sha,
    name: repository.fullName,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    branches: [],
    commit: { sha: status.sha, commit: { author: person, committer: person } },
    created_at: status.createdAt,
    updated_at: status.createdAt,
  })
  return status
}

/** Null for what is no commit of the repository. */
export async function commitOf(
  world: World,
  repository: Repository,
  ref: string,
): Promise<string | null> {
  const refs = world.git.refs(repository.fullName)
  for (const name of [`refs/heads/${ref}`, `refs/${ref}`, `refs/tags/${ref}`]) {
    const sha = refs.get(name)
    if (sha !== undefined) {
      return sha
    }
  }
  if (!/^[0-9a-f]{40}$/.test(ref)) {
    return null
  }
  return isCommit(world, ref).then((is) => (is ? ref : null))
}

/** The commit that the path names; throws what GitHub answers where there is none. */
export async function commitNamed(call: RepositoryCall, status: 404 | 422): Promise<string> {
  const ref = call.params['ref'] ?? ''
  const sha = await commitOf(call.world, call.repository, ref)
  if (sha === null) {
    throw new ApiRefusal(status, status === 404 ? 'Not Found' : `No commit found for SHA: ${ref}`)
  }
  return sha
}

async function list(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository } = call
  const sha = await commitNamed(call, 404)
  const statuses = repository.statuses.filter((one) => one.sha === sha).toReversed()
  const { items, headers } = paged(call, statuses)
  return {
    ...ok(
      items.map((one) => ({
        ...statusShape(world, repository, one),
        creator: userShape(world, one.creator),
      })),
    ),
    headers,
  }
}

/** "pending if there are no statuses or a context is pending": docs.github.com/rest/commits/statuses. */
async function combined(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository } = call
  const sha = await commitNamed(call, 404)
  const latest = new Map<string, CommitStatus>()
  for (const status of repository.statuses.filter((one) => one.sha === sha)) {
    latest.set(status.context, status)
  }
  const states = [...latest.values()].map(({ state }) => state)
  const state = states.some((one) => one === 'failure' || one === 'error')
    ? 'failure'
    : states.length === 0 || states.includes('pending')
      ? 'pending'
      : 'success'
  const { items, headers } = paged(call, [...latest.values()])
  return {
    ...ok({
      state,
      sha,
      total_count: latest.size,
      statuses: items.map((one) => statusShape(world, repository, one)),
      repository: repositoryShape(world, repository),
    }),
    headers,
  }
}
