import type { Octokit } from '@octokit/rest'
import type { ForgeAccount } from '../../core/pull-request/forge-comment.ts'
import type { Logger } from '../../log/logger.ts'
import { markerKey } from '../marker.ts'
import type { RepositoryName } from './github-auth.ts'

/** What every part of the driver works with: one repository on GitHub, and who asks. */
export interface GithubRepository {
  readonly octokit: Octokit
  /** Where pull requests are made, as parameters of a request. */
  readonly where: { readonly owner: string; readonly repo: string }
  /** Where branches of ours are: the same, or a fork. */
  readonly heads: RepositoryName
  /** Whether files of the operator, workflows among them, are pushed to its base branches. */
  readonly pushesWorkflows: boolean
  readonly ownLogin: (signal: AbortSignal) => Promise<string>
  readonly log: Logger
}

export function sameRepository(one: RepositoryName, other: RepositoryName): boolean {
  return fullName(one).toLowerCase() === fullName(other).toLowerCase()
}

export function fullName({ owner, name }: RepositoryName): string {
  return `${owner}/${name}`
}

/** An account that was deleted is shown as nobody. */
export function toAccount(
  user: { readonly login: string; readonly type?: string } | null | undefined,
): ForgeAccount {
  return { login: user?.login ?? 'ghost', isBot: user?.type === 'Bot' }
}

/** Tells which of our keys a text carries: it must end with the marker and be ours. Asks who we are only where one does. */
export async function keyOf(
  github: GithubRepository,
  { body, author }: { readonly body: string; readonly author: ForgeAccount },
  signal: AbortSignal,
): Promise<string | null> {
  const key = markerKey(body)
  return key !== null && author.login === (await github.ownLogin(signal)) ? key : null
}

interface Page<T> {
  readonly data: T
  readonly headers: { readonly link?: string | undefined }
}

/** GitHub's greatest. */
export const perPage = 100
/** More than any list of ours can have: a forge that always names a next page shall not hold us. */
const maxPages = 100

/** Reads all pages of a list, from 1, as long as GitHub names a next one. */
export async function allPages<T>(ask: (page: number) => Promise<Page<T>>): Promise<readonly T[]> {
  const pages: T[] = []
  for (let page = 1; page <= maxPages; page += 1) {
    const { data, headers } = await ask(page)
    pages.push(data)
    if (!/<[^>]*>;[^,]*rel="next"/.test(headers.link ?? '')) {
      break
    }
  }
  return pages
}
