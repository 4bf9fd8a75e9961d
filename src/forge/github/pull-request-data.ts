import { type RefName, toSha } from '../../core/ids.ts'
import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import { fullName, type GithubRepository } from './github-repository.ts'

/** What we read of a pull request, in lists and alone. */
export interface PullRequestData {
  readonly number: number
  readonly node_id: string
  readonly html_url: string
  readonly state: string
  readonly draft?: boolean | undefined
  readonly title: string
  readonly body: string | null
  readonly head: {
    readonly ref: string
    readonly sha: string
    /** `owner:branch`. */
    readonly label: string | null
    /** Null where the fork is deleted. */
    readonly repo: { readonly full_name: string } | null
  }
  readonly base: { readonly ref: string }
  readonly labels: readonly { readonly name?: string }[]
  readonly updated_at: string
  readonly merged_at: string | null
}

const branches = 'refs/heads/'

/** A branch as GitHub's API writes it. */
export function branchName(ref: RefName): string {
  return ref.startsWith(branches) ? ref.slice(branches.length) : ref
}

export function labelNames(labels: readonly { readonly name?: string }[]): readonly string[] {
  return labels.flatMap(({ name }) => (name === undefined ? [] : [name])).toSorted()
}

export function toPullRequest(data: PullRequestData): PullRequest {
  const closed = data.merged_at === null ? 'closed' : 'merged'
  return {
    number: data.number,
    url: data.html_url,
    state: data.state === 'open' ? 'open' : closed,
    draft: data.draft === true,
    title: data.title,
    body: data.body ?? '',
    headRef: `${branches}${data.head.ref}` as RefName,
    headSha: toSha(data.head.sha),
    baseRef: `${branches}${data.base.ref}` as RefName,
    labels: labelNames(data.labels),
    updatedAt: new Date(data.updated_at),
  }
}

/** Whether its head is where ours are; one from a fork may have a branch of any name. */
export function isFromHeads(github: GithubRepository, { head }: PullRequestData): boolean {
  const there = head.repo?.full_name ?? null
  return there === null
    ? head.label?.split(':')[0]?.toLowerCase() === github.heads.owner.toLowerCase()
    : there.toLowerCase() === fullName(github.heads).toLowerCase()
}
