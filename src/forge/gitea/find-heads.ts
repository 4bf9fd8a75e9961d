import { BotError } from '../../core/bot-error.ts'
import type { RefName } from '../../core/ids.ts'
import { type PullRequestAnswer, pullRequestAnswer } from './answers.ts'
import type { Query } from './client.ts'
import { agitHead, branchName, isAgit, markedHead } from './pull-request-heads.ts'
import { fullName, isSameRepository, type RepositoryAccess } from './repository-access.ts'

/** A pull request that could not be read is null in its list (`routers/api/v1/repo/pull.go`). */
const listItem = pullRequestAnswer.nullable()

export async function listPulls(
  { client, path }: RepositoryAccess,
  query: Query,
  signal: AbortSignal,
): Promise<readonly PullRequestAnswer[]> {
  const found = await client.list(`${path}/pulls`, listItem, signal, query)
  return found.filter((pull) => pull !== null)
}

/**
 * Pull requests of this head, newest first: from the branch in the repository of heads, or by AGit from this topic
 * (`agitHead`). Servers that cannot filter by head give all that the account opened.
 */
export async function findHeads(
  access: RepositoryAccess,
  headRef: RefName,
  state: 'open' | 'all',
  signal: AbortSignal,
): Promise<readonly PullRequestAnswer[]> {
  const login = await access.login(signal)
  const pulls = access.dialect.filtersByHead
    ? await listByHead(access, [branchName(headRef), agitHead(headRef, login)], state, signal)
    : await listPulls(access, { state, poster: login }, signal)
  const ours = pulls.filter((pull) => isOfHead(access, pull, headRef, login))
  const unnamed = pulls.filter((pull) => isUnnamed(pull, login))
  const just = unnamed.length === 0 ? null : await findUnnamed(access, headRef, unnamed, signal)
  return [...ours, ...(just === null ? [] : [just])].toSorted((a, b) => b.number - a.number)
}

async function listByHead(
  access: RepositoryAccess,
  heads: readonly string[],
  state: string,
  signal: AbortSignal,
): Promise<readonly PullRequestAnswer[]> {
  const lists: PullRequestAnswer[] = []
  for (const head of heads) {
    lists.push(...(await listPulls(access, { state, head }, signal)))
  }
  return lists
}

function isOfHead(
  { heads }: RepositoryAccess,
  pull: PullRequestAnswer,
  headRef: RefName,
  login: string,
): boolean {
  const { label, repo } = pull.head
  if (!isAgit(pull)) {
    const from = repo?.full_name ?? ''
    return label === branchName(headRef) && isSameRepository(from, fullName(heads))
  }
  return label === '' ? markedHead(pull, login) === headRef : label === agitHead(headRef, login)
}

/** Made by AGit a moment ago, on a server that does not say of which topic; we have not edited it yet. */
function isUnnamed(pull: PullRequestAnswer, login: string): boolean {
  const isOurs = isAgit(pull) && pull.head.label === '' && pull.user.login === login
  return isOurs && markedHead(pull, login) === null
}

/**
 * Asks by base and head, which finds an AGit head too. Where a closed one of the same head comes back in its stead, the
 * only open one left is it.
 */
async function findUnnamed(
  access: RepositoryAccess,
  headRef: RefName,
  unnamed: readonly PullRequestAnswer[],
  signal: AbortSignal,
): Promise<PullRequestAnswer | null> {
  const head = encodeURIComponent(agitHead(headRef, await access.login(signal)))
  for (const base of new Set(unnamed.map((pull) => pull.base.ref))) {
    const url = `${access.path}/pulls/${encodeURIComponent(base)}/${head}`
    const found = await access.client.find(url, pullRequestAnswer, signal)
    const known = unnamed.find(({ number }) => number === found?.number)
    if (known !== undefined) {
      return known
    }
    const open = unnamed.filter((pull) => pull.base.ref === base && pull.state === 'open')
    if (found !== null && open.length > 1) {
      const what = `pull requests ${open.map(({ number }) => `#${number}`).join(', ')}`
      throw new BotError('FORGE_NOT_FOUND', `${what} do not say which topic they are of`, {
        retry: 'later',
        details: { headRef },
      })
    }
    if (found !== null && open.length === 1) {
      return open[0] ?? null
    }
  }
  return null
}
