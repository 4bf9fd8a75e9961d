import type { ForgeAccount, ForgePermission } from '../../core/pull-request/forge-comment.ts'
import type { Forge } from '../forge.ts'
import { permissionAnswer, type UserAnswer, userAnswer } from './answers.ts'
import type { RepositoryAccess } from './repository-access.ts'

/** These servers have no kind of account for programs: their own have no positive id, the others are known by their names. */
const botName = /(?:\[bot\]|[-_]bot)$/i

export function readAccount(user: UserAnswer, ownLogin: string): ForgeAccount {
  const isBot = user.id <= 0 || user.login === ownLogin || botName.test(user.login)
  return { login: user.login, isBot }
}

const permissions = new Map<string, ForgePermission>([
  ['owner', 'admin'],
  ['admin', 'admin'],
  ['write', 'write'],
  ['read', 'read'],
])

/**
 * Whoever does not administer the repository may not ask what others may do, but may see who can be assigned, and
 * that is everybody who can write (`GetRepoAssignees`).
 */
export function openPermissions({ client, path }: RepositoryAccess): Pick<Forge, 'permissionOf'> {
  return {
    async permissionOf(login, signal) {
      const name = encodeURIComponent(login)
      const url = `${path}/collaborators/${name}/permission`
      const answer = await client.ask('GET', url, { also: [403, 404] }, signal)
      if (answer.status === 404) {
        return 'none'
      }
      if (answer.status !== 403) {
        return permissions.get(client.read(answer.body, permissionAnswer, url).permission) ?? 'none'
      }
      const writers = await client.get(`${path}/assignees`, userAnswer.array(), signal)
      if (writers.some((user) => user.login.toLowerCase() === login.toLowerCase())) {
        return 'write'
      }
      return (await client.find(`/users/${name}`, userAnswer, signal)) === null ? 'none' : 'read'
    },
  }
}
