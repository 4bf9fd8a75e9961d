import { BotError } from '../../core/bot-error.ts'
import type { PullRequest } from '../../core/pull-request/pull-request.ts'
import type { Ensured, PullRequestChange, PullRequestSpec } from '../forge.ts'
import { isSameText } from '../marker.ts'
import { setDraft } from './draft.ts'
import { listOfHead, readPullRequest } from './find-pull-requests.ts'
import { type GithubRepository, sameRepository } from './github-repository.ts'
import {
  branchName,
  isFromHeads,
  type PullRequestData,
  toPullRequest,
} from './pull-request-data.ts'
import { ensureLabels } from './pull-request-labels.ts'
import { isRefused } from './to-bot-error.ts'

/** GitHub refuses a longer title. */
const maxTitleLength = 256

function toTitle(title: string): string {
  return title.length <= maxTitleLength
    ? title.trim()
    : `${title.slice(0, maxTitleLength - 1).trim()}\u2026`
}

async function findOpen(
  github: GithubRepository,
  { headRef, baseRef, number }: PullRequestSpec,
  signal: AbortSignal,
): Promise<PullRequestData | null> {
  const told = typeof number === 'number' ? await readPullRequest(github, number, signal) : null
  if (
    told?.state === 'open' &&
    told.head.ref === branchName(headRef) &&
    isFromHeads(github, told)
  ) {
    return told
  }
  const open = await listOfHead(github, headRef, 'open', signal)
  // GitHub takes one for each base; where a person opened a second one, the right base is ours.
  return open.find(({ base }) => base.ref === branchName(baseRef)) ?? open.at(-1) ?? null
}

async function create(
  { octokit, where, heads }: GithubRepository,
  spec: PullRequestSpec,
  signal: AbortSignal,
): Promise<PullRequestData | 'exists'> {
  const branch = branchName(spec.headRef)
  const isHere = sameRepository({ owner: where.owner, name: where.repo }, heads)
  try {
    const { data } = await octokit.rest.pulls.create({
      ...where,
      head: isHere ? branch : `${heads.owner}:${branch}`,
      // Needed where both belong to one organisation.
      ...(isHere ? {} : { head_repo: heads.name }),
      base: branchName(spec.baseRef),
      title: toTitle(spec.title),
      body: spec.body,
      draft: spec.draft,
      request: { signal },
    })
    return data
  } catch (error) {
    if (isRefused(error, /already exists/i)) {
      return 'exists'
    }
    if (isRefused(error, /\bhead invalid\b/i)) {
      throw new BotError('FORGE_NOT_FOUND', `GitHub does not know the branch ${branch} yet`, {
        retry: 'later',
        cause: error,
      })
    }
    throw error
  }
}

/** Edits what is given and differs, by as few requests as can be. `nodeId` is asked for where GraphQL needs it. */
async function edit(
  github: GithubRepository,
  seen: PullRequest,
  change: PullRequestChange,
  nodeId: () => Promise<string>,
  signal: AbortSignal,
): Promise<Ensured<PullRequest>> {
  const title = toTitle(change.title ?? seen.title)
  const base = change.baseRef ?? seen.baseRef
  const changes = {
    ...(seen.title === title ? {} : { title }),
    ...(isSameText(seen.body, change.body ?? seen.body) ? {} : { body: change.body ?? '' }),
    ...(base === seen.baseRef ? {} : { base: branchName(base) }),
  }
  let now = seen
  if (Object.keys(changes).length > 0) {
    const { data } = await github.octokit.rest.pulls.update({
      ...github.where,
      pull_number: seen.number,
      ...changes,
      request: { signal },
    })
    now = toPullRequest(data)
  }
  if (change.draft !== undefined && now.draft !== change.draft) {
    await setDraft(github, await nodeId(), change.draft, signal)
    now = { ...now, draft: change.draft }
  }
  const labels =
    change.labels === undefined
      ? 'unchanged'
      : await ensureLabels(github, seen.number, now.labels, change.labels, signal)
  if (labels !== 'unchanged') {
    now = { ...now, labels }
  }
  return { change: now === seen ? 'unchanged' : 'updated', value: now }
}

async function editToMatch(
  github: GithubRepository,
  there: PullRequestData,
  spec: PullRequestSpec,
  signal: AbortSignal,
): Promise<Ensured<PullRequest>> {
  return await edit(github, toPullRequest(there), spec, async () => there.node_id, signal)
}

/** See `Forge.editPullRequest`. A change of draft costs one more request, for GraphQL has names of its own. */
export async function editPullRequest(
  github: GithubRepository,
  seen: PullRequest,
  change: PullRequestChange,
  signal: AbortSignal,
): Promise<Ensured<PullRequest>> {
  async function nodeId(): Promise<string> {
    const data = await readPullRequest(github, seen.number, signal)
    if (data === null) {
      throw new BotError('FORGE_NOT_FOUND', `there is no pull request ${seen.number}`, {
        retry: 'after-human',
      })
    }
    return data.node_id
  }
  return await edit(github, seen, change, nodeId, signal)
}

/** See `Forge.ensurePullRequest`. */
export async function ensurePullRequest(
  github: GithubRepository,
  spec: PullRequestSpec,
  signal: AbortSignal,
): Promise<Ensured<PullRequest>> {
  // GitHub would open a second one for another base, so only who knows that there is none may skip the look.
  const known = spec.number === null ? null : await findOpen(github, spec, signal)
  if (known !== null) {
    return await editToMatch(github, known, spec, signal)
  }
  const created = await create(github, spec, signal)
  if (created !== 'exists') {
    return { ...(await editToMatch(github, created, spec, signal)), change: 'created' }
  }
  const adopted = await findOpen(github, { ...spec, number: null }, signal)
  if (adopted === null) {
    throw new BotError(
      'FORGE_UNREACHABLE',
      `GitHub says that ${spec.headRef} has a pull request, and lists none`,
      { retry: 'later' },
    )
  }
  return await editToMatch(github, adopted, spec, signal)
}

export async function closePullRequest(
  { octokit, where }: GithubRepository,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  await octokit.rest.pulls.update({
    ...where,
    pull_number: number,
    state: 'closed',
    request: { signal },
  })
}
