import type { ApiAnswer, ApiCall, ApiHandler } from '../fake-forge/api-server.ts'
import { ApiRefusal } from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { repositoryShape, userShape } from './shapes.ts'
import { callerOf, mayDo, repositoryAt, type World } from './world.ts'

const path = '/repos/{owner}/{repo}'

/** Version, accounts, and what they may do with a repository. */
export function accountRoutes(world: World): readonly Route<ApiHandler>[] {
  return [
    {
      method: 'GET',
      pattern: '/version',
      value: () => ({ status: 200, body: { version: world.version.version } }),
    },
    {
      method: 'GET',
      pattern: '/user',
      value: ({ token }) => ({
        status: 200,
        body: userShape(world, callerOf(world, token).login),
      }),
    },
    { method: 'GET', pattern: '/users/{username}', value: user },
    { method: 'GET', pattern: path, value: repository },
    { method: 'GET', pattern: `${path}/assignees`, value: assignees },
    {
      method: 'GET',
      pattern: `${path}/collaborators/{collaborator}/permission`,
      value: permission,
    },
  ]

  function user({ params }: ApiCall): ApiAnswer {
    const account = world.accounts.find(params['username'] ?? '')
    if (account === null) {
      throw new ApiRefusal(404, 'user does not exist')
    }
    return { status: 200, body: userShape(world, account.login) }
  }

  function repository({ params, token }: ApiCall): ApiAnswer {
    const { login } = callerOf(world, token)
    return { status: 200, body: repositoryShape(world, repositoryAt(world, params), login) }
  }

  /** Everybody who can write (`GetRepoAssignees`). */
  function assignees({ params, token }: ApiCall): ApiAnswer {
    callerOf(world, token)
    const there = repositoryAt(world, params)
    const writers = world.accounts.all().filter(({ login }) => mayDo(world, there, login, 'write'))
    return { status: 200, body: writers.map(({ login }) => userShape(world, login)) }
  }

  /** Whoever does not administer the repository may ask for nobody but himself. */
  function permission({ params, token }: ApiCall): ApiAnswer {
    const { login } = callerOf(world, token)
    const there = repositoryAt(world, params)
    const account = world.accounts.find(params['collaborator'] ?? '')
    if (account === null) {
      throw new ApiRefusal(404, 'user does not exist')
    }
    if (account.login !== login && !mayDo(world, there, login, 'admin')) {
      throw new ApiRefusal(403, 'Only admins can query all permissions')
    }
    const [owner] = there.name.split('/')
    const told =
      account.login === owner ? 'owner' : world.accounts.permission(there.name, account.login)
    return {
      status: 200,
      body: { permission: told, role_name: told, user: userShape(world, account.login) },
    }
  }
}
