import type { ApiAnswer } from '../fake-forge/api-server.ts'
import { commitShape } from './repositories.ts'
import { ok, paged, pullOf, type RepositoryCall, type RepositoryRoute } from './routes.ts'

/** What a pull request is made of. */
export const pullContentRoutes: readonly RepositoryRoute[] = [
  ['GET', '/pulls/{pull_number}/commits', listCommits],
  ['GET', '/pulls/{pull_number}/files', listFiles],
]

/** "Lists a maximum of 250 commits for a pull request": docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request. */
async function listCommits(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository } = call
  const { baseSha, headSha } = pullOf(call, 'pull_number')
  const args = ['rev-list', '--reverse', '--max-count=250', `${baseSha}..${headSha}`]
  const listed = await world.git.git(repository.fullName, args)
  const { items, headers } = paged(
    call,
    listed.split('\n').filter((sha) => sha !== ''),
  )
  return { ...ok(await Promise.all(items.map((sha) => commitShape(call, sha)))), headers }
}

const statuses: Readonly<Record<string, string>> = { A: 'added', D: 'removed', M: 'modified' }

/** "The maximum number of files returned is 3000." */
async function listFiles(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository } = call
  const { baseSha, headSha } = pullOf(call, 'pull_number')
  async function diff(how: string): Promise<readonly string[][]> {
    const args = ['diff', '-z', '--no-renames', how, '--merge-base', baseSha, headSha]
    const fields = (await world.git.git(repository.fullName, args)).split('\0')
    return how === '--numstat'
      ? fields.filter((field) => field !== '').map((field) => field.split('\t'))
      : fields.flatMap((field, index) =>
          index % 2 === 0 ? [[field, fields[index + 1] ?? '']] : [],
        )
  }
  const [kinds, counts] = await Promise.all([diff('--name-status'), diff('--numstat')])
  const kindOf = new Map(kinds.map(([kind = '', name = '']) => [name, kind]))
  const { items, headers } = paged(call, counts.slice(0, 3000))
  const files = items.map(([added, deleted, name = '']) => ({
    filename: name,
    status: statuses[kindOf.get(name) ?? 'M'],
    additions: Number(added) || 0,
    deletions: Number(deleted) || 0,
    changes: (Number(added) || 0) + (Number(deleted) || 0),
  }))
  return { ...ok(files), headers }
}
