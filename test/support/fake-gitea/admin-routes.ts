import { z } from 'zod'
import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
} from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { agitConfig, takeAgit } from './agit.ts'
import { repositoryShape, userShape } from './shapes.ts'
import { addRepository, callerOf, demand, repositoryAt, type World } from './world.ts'

const userOption = z.object({ username: z.string(), password: z.string() })
const tokenOption = z.object({ name: z.string(), scopes: z.array(z.string()).optional() })
const repositoryOption = z.object({ name: z.string() })
const collaboratorOption = z.object({ permission: z.enum(['read', 'write', 'admin']) })

const path = '/repos/{owner}/{repo}'

/** What a test on a real server prepares by the API: accounts, tokens, repositories, collaborators. */
export function adminRoutes(world: World): readonly Route<ApiHandler>[] {
  return [
    { method: 'POST', pattern: '/user/repos', value: makeRepository },
    { method: 'DELETE', pattern: path, value: removeRepository },
    { method: 'PUT', pattern: `${path}/collaborators/{collaborator}`, value: allow },
    { method: 'POST', pattern: '/admin/users', value: makeUser },
    { method: 'DELETE', pattern: '/admin/users/{username}', value: removeUser },
    { method: 'POST', pattern: '/users/{username}/tokens', value: makeToken },
  ]

  async function makeRepository(call: ApiCall): Promise<ApiAnswer> {
    const { login } = callerOf(world, call.token)
    const { name } = repositoryOption.parse(call.body)
    const made = await addRepository(world, `${login}/${name}`, null, agitConfig)
    takeAgit(world, made)
    return { status: 201, body: repositoryShape(world, made, login) }
  }

  function removeRepository(call: ApiCall): ApiAnswer {
    const repository = repositoryAt(world, call.params)
    demand(world, repository, callerOf(world, call.token), 'admin')
    world.repositories.delete(repository.name.toLowerCase())
    return { status: 204 }
  }

  function allow(call: ApiCall): ApiAnswer {
    const repository = repositoryAt(world, call.params)
    demand(world, repository, callerOf(world, call.token), 'admin')
    const { permission } = collaboratorOption.parse(call.body)
    world.accounts.allow(repository.name, call.params['collaborator'] ?? '', permission)
    return { status: 204 }
  }

  function administer({ token }: ApiCall): void {
    if (!world.admins.has(callerOf(world, token).login)) {
      throw new ApiRefusal(403, 'user should be an admin')
    }
  }

  function makeUser(call: ApiCall): ApiAnswer {
    administer(call)
    const { username, password } = userOption.parse(call.body)
    if (world.accounts.find(username) !== null) {
      throw new ApiRefusal(422, `user already exists [name: ${username}]`)
    }
    world.accounts.add(username)
    world.passwords.set(username, password)
    return { status: 201, body: userShape(world, username) }
  }

  function removeUser(call: ApiCall): ApiAnswer {
    administer(call)
    world.passwords.delete(call.params['username'] ?? '')
    return { status: 204 }
  }

  /** Only by the password of the account itself. */
  function makeToken(call: ApiCall): ApiAnswer {
    const username = call.params['username'] ?? ''
    const password = world.passwords.get(username)
    if (password === undefined || call.token !== password) {
      throw new ApiRefusal(401, 'Only signed in by basic auth')
    }
    const { name, scopes = [] } = tokenOption.parse(call.body)
    const sha1 = world.accounts.token(username)
    return { status: 201, body: { id: world.nextId(), name, sha1, scopes } }
  }
}
