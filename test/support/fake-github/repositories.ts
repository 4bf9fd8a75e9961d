import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { checkMayWrite, mayWrite } from './callers.ts'
import { ok, paged, type RepositoryCall, type RepositoryRoute } from './routes.ts'
import { apiUrl, repositoryShape, type Shape, userShape } from './shapes.ts'
import { commitNamed } from './statuses.ts'

export const repositoryRoutes: readonly RepositoryRoute[] = [
  ['GET', '', getRepository],
  ['GET', '/branches', listBranches],
  ['GET', '/branches/{branch}', getBranch],
  ['GET', '/git/ref/{ref}', getRef],
  ['GET', '/git/matching-refs/{ref}', listRefs],
  ['DELETE', '/git/refs/{ref}', deleteRef],
  ['GET', '/commits/{ref}', getCommit],
  ['GET', '/collaborators/{username}/permission', getPermission],
  ['GET', '/hooks', listHooks],
  ['POST', '/hooks', createHook],
]

function getRepository(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  const isWriter = mayWrite(world, caller, repository)
  const isAdmin =
    caller.kind === 'user' &&
    world.accounts.permission(repository.fullName, caller.account.login) === 'admin'
  const parent = repository.parent === null ? null : world.repository(repository.parent)
  return ok({
    ...repositoryShape(world, repository),
    permissions: {
      admin: isAdmin,
      maintain: isAdmin,
      push: isWriter,
      triage: isWriter,
      pull: true,
    },
    has_issues: true,
    has_pull_requests: true,
    archived: false,
    disabled: false,
    allow_forking: true,
    ...(parent === null
      ? {}
      : { parent: repositoryShape(world, parent), source: repositoryShape(world, parent) }),
  })
}

async function branches(call: RepositoryCall): Promise<ReadonlyMap<string, string>> {
  const refs = call.world.git.refs(call.repository.fullName)
  return new Map(
    [...refs]
      .filter(([ref]) => ref.startsWith('refs/heads/'))
      .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha]),
  )
}

async function listBranches(call: RepositoryCall): Promise<ApiAnswer> {
  const { items, headers } = paged(call, [...(await branches(call))])
  const shapes = items.map(([name, sha]) => ({
    name,
    protected: false,
    commit: { sha, url: commitUrl(call, sha) },
  }))
  return { ...ok(shapes), headers }
}

async function getBranch(call: RepositoryCall): Promise<ApiAnswer> {
  const name = call.params['branch'] ?? ''
  const sha = (await branches(call)).get(name)
  if (sha === undefined) {
    throw new ApiRefusal(404, 'Branch not found')
  }
  return ok({ name, protected: false, commit: await commitShape(call, sha) })
}

function commitUrl({ world, repository }: RepositoryCall, sha: string): string {
  return apiUrl(world, `/repos/${repository.fullName}/commits/${sha}`)
}

export async function commitShape(call: RepositoryCall, sha: string): Promise<Shape> {
  const { world, repository } = call
  const format = '%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B'
  const args = ['show', '-s', `--format=${format}`, sha]
  const fields = (await world.git.git(repository.fullName, args)).split('\0')
  const [tree, parents = '', an, ae, ad, cn, ce, cd, message] = fields
  return {
    sha,
    url: commitUrl(call, sha),
    html_url: `${world.url}/${repository.fullName}/commit/${sha}`,
    commit: {
      message,
      tree: { sha: tree },
      author: { name: an, email: ae, date: ad },
      committer: { name: cn, email: ce, date: cd },
    },
    parents: parents
      .split(' ')
      .filter((one) => one !== '')
      .map((one) => ({ sha: one, url: commitUrl(call, one) })),
  }
}

async function getCommit(call: RepositoryCall): Promise<ApiAnswer> {
  return ok(await commitShape(call, await commitNamed(call, 422)))
}

function refShape({ world, repository }: RepositoryCall, ref: string, sha: string): Shape {
  return {
    ref,
    url: apiUrl(world, `/repos/${repository.fullName}/git/${ref}`),
    object: { type: 'commit', sha },
  }
}

async function getRef(call: RepositoryCall): Promise<ApiAnswer> {
  const ref = `refs/${call.params['ref']}`
  const sha = call.world.git.refs(call.repository.fullName).get(ref)
  if (sha === undefined) {
    throw new ApiRefusal(404, 'Not Found')
  }
  return ok(refShape(call, ref, sha))
}

async function listRefs(call: RepositoryCall): Promise<ApiAnswer> {
  const start = `refs/${call.params['ref']}`
  const refs = call.world.git.refs(call.repository.fullName)
  return ok(
    [...refs]
      .filter(([ref]) => ref.startsWith(start))
      .map(([ref, sha]) => refShape(call, ref, sha)),
  )
}

async function deleteRef(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const ref = `refs/${call.params['ref']}`
  if (!world.git.refs(repository.fullName).has(ref)) {
    throw new ApiRefusal(422, 'Reference does not exist')
  }
  const login = 'account' in caller ? caller.account.login : ''
  await world.git.change(repository.fullName, login, async (git) => {
    await git(['update-ref', '-d', ref])
  })
  return { status: 204 }
}

/** "Must have push access to view collaborator permission."; 404 for an account that does not exist. */
function getPermission(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller, params } = call
  if (!mayWrite(world, caller, repository)) {
    throw new ApiRefusal(403, 'Must have push access to view collaborator permission.')
  }
  const login = params['username'] ?? ''
  const account = world.accounts.find(login)
  if (account === null) {
    throw new ApiRefusal(404, `${login} is not a user`)
  }
  const permission = world.accounts.permission(repository.fullName, login)
  return ok({
    permission,
    role_name: permission,
    user: { ...userShape(world, account), role_name: permission },
  })
}

function listHooks(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const { target } = world.hooks
  return ok(target === null ? [] : [hookShape(target.url, ['*'])])
}

function hookShape(url: string, events: readonly string[]): Shape {
  const config = { url, content_type: 'json', insecure_ssl: '0', secret: '********' }
  return { id: 1, name: 'web', active: true, events, config }
}

/** There is one: a second one with the same address is refused, as on GitHub. */
function createHook(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller, given } = call
  checkMayWrite(world, caller, repository)
  const { url = '', secret = '' } = given['config'] as Readonly<Record<string, string>>
  if (world.hooks.target?.url === url) {
    const errors = [
      { resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' },
    ]
    throw new ApiRefusal(422, 'Validation Failed', { errors })
  }
  world.hooks.target = { url, secret }
  return ok(hookShape(url, (given['events'] ?? ['push']) as readonly string[]), 201)
}
