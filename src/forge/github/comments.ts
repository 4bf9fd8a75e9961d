import type { ForgeComment, ForgePermission } from '../../core/pull-request/forge-comment.ts'
import type { Ensured } from '../forge.ts'
import { isMarkedWith, isSameText, withMarker } from '../marker.ts'
import { allPages, type GithubRepository, keyOf, perPage, toAccount } from './github-repository.ts'
import { instead } from './to-bot-error.ts'

interface CommentData {
  readonly id: number
  readonly html_url: string
  readonly body?: string | undefined
  readonly user: { readonly login: string; readonly type?: string } | null
  readonly created_at: string
  readonly updated_at: string
}

async function read(
  { octokit, where }: GithubRepository,
  number: number,
  since: Date | null,
  signal: AbortSignal,
): Promise<readonly CommentData[]> {
  const pages = await allPages<readonly CommentData[]>((page) =>
    octokit.rest.issues.listComments({
      ...where,
      issue_number: number,
      ...(since === null ? {} : { since: since.toISOString() }),
      per_page: perPage,
      page,
      request: { signal },
    }),
  )
  return pages.flat()
}

export async function listComments(
  github: GithubRepository,
  number: number,
  since: Date | null,
  signal: AbortSignal,
): Promise<readonly ForgeComment[]> {
  const comments: ForgeComment[] = []
  for (const data of await read(github, number, since, signal)) {
    const [body, author] = [data.body ?? '', toAccount(data.user)]
    comments.push({
      id: String(data.id),
      url: data.html_url,
      author,
      body,
      key: await keyOf(github, { body, author }, signal),
      createdAt: new Date(data.created_at),
      updatedAt: new Date(data.updated_at),
    })
  }
  return comments
}

/** See `Forge.ensureComment`. */
export async function ensureComment(
  github: GithubRepository,
  number: number,
  key: string,
  text: string,
  signal: AbortSignal,
): Promise<Ensured<string>> {
  const { octokit, where } = github
  const body = withMarker(text, key)
  const marked = (await read(github, number, null, signal)).filter((one) =>
    isMarkedWith(one.body ?? '', key),
  )
  const own = marked.length > 0 ? await github.ownLogin(signal) : null
  const there = marked.find(({ user }) => user?.login === own)
  if (there === undefined) {
    const { data } = await octokit.rest.issues.createComment({
      ...where,
      issue_number: number,
      body,
      request: { signal },
    })
    return { change: 'created', value: String(data.id) }
  }
  if (isSameText(there.body ?? '', body)) {
    return { change: 'unchanged', value: String(there.id) }
  }
  await octokit.rest.issues.updateComment({
    ...where,
    comment_id: there.id,
    body,
    request: { signal },
  })
  return { change: 'updated', value: String(there.id) }
}

/** GitHub tells the finer roles (triage, maintain) by the coarser ones that they contain. */
export async function permissionOf(
  { octokit, where }: GithubRepository,
  login: string,
  signal: AbortSignal,
): Promise<ForgePermission> {
  const permission = await octokit.rest.repos
    .getCollaboratorPermissionLevel({ ...where, username: login, request: { signal } })
    .then(({ data }) => data.permission, instead('FORGE_NOT_FOUND', 'none'))
  return permission === 'admin' || permission === 'write' || permission === 'read'
    ? permission
    : 'none'
}
