import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { tipOf } from './branches.ts'
import { accountOf, checkMayWrite, mayWrite } from './callers.ts'
import { compare, isContained } from './history.ts'
import { closePull, showHead, tellOfPull } from './pull-life.ts'
import { fullPullShape, pullShape } from './pull-shapes.ts'
import type { Pull, Repository } from './records.ts'
import {
  checkLength,
  invalid,
  ok,
  paged,
  pullOf,
  type RepositoryCall,
  type RepositoryRoute,
  textOf,
} from './routes.ts'
import { now } from './world.ts'

export const pullRoutes: readonly RepositoryRoute[] = [
  ['GET', '/pulls', listPulls],
  ['POST', '/pulls', createPull],
  ['GET', '/pulls/{pull_number}', getPull],
  ['PATCH', '/pulls/{pull_number}', updatePull],
  ['GET', '/commits/{commit_sha}/pulls', listPullsOfCommit],
]

function listPulls(call: RepositoryCall): ApiAnswer {
  const { repository, query, world } = call
  const state = query.get('state') ?? 'open'
  const base = query.get('base')
  // "Filter pulls by head user or head organization and branch name in the format of user:ref-name": without a colon it
  // filters nothing (docs.github.com/rest/pulls/pulls#list-pull-requests).
  const head = query.get('head')
  const isByHead = head?.includes(':') === true
  const sort = query.get('sort') ?? 'created'
  const isAscending = query.get('direction') === 'asc'
  const matching = [...repository.pulls.values()]
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => base === null || pull.baseBranch === base)
    .filter((pull) => !isByHead || head === headLabel(pull))
    .toSorted((a, b) =>
      sort === 'updated' ? a.updatedAt.localeCompare(b.updatedAt) : a.number - b.number,
    )
  const { items, headers } = paged(call, isAscending ? matching : matching.toReversed())
  return { ...ok(items.map((pull) => pullShape(world, repository, pull))), headers }
}

async function listPullsOfCommit(call: RepositoryCall): Promise<ApiAnswer> {
  const { repository, params, world } = call
  const pulls = [...repository.pulls.values()].filter(
    ({ headSha }) => headSha === params['commit_sha'],
  )
  return ok(pulls.map((pull) => pullShape(world, repository, pull)))
}

function headLabel({ headRepository, headBranch }: Pull): string {
  return `${headRepository.split('/')[0]}:${headBranch}`
}

async function getPull(call: RepositoryCall): Promise<ApiAnswer> {
  const pull = pullOf(call, 'pull_number')
  return ok(await fullPullShape(call.world, call.repository, pull))
}

async function createPull(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller, given } = call
  const author = accountOf(caller)
  const base = textOf(call, 'base') ?? ''
  const { headRepository, headBranch } = headOf(call, textOf(call, 'head') ?? '')
  const headSha = tipOf(world, headRepository.fullName, headBranch)
  const baseSha = tipOf(world, repository.fullName, base)
  if (headSha === null) {
    throw invalid('PullRequest', 'head', 'invalid')
  }
  if (baseSha === null) {
    throw invalid('PullRequest', 'base', 'invalid')
  }
  if (!mayWrite(world, caller, headRepository) && !mayWrite(world, caller, repository)) {
    throw new ApiRefusal(403, 'must be a collaborator')
  }
  const pull: Pull = {
    id: world.nextId(),
    number: repository.nextNumber,
    author,
    ...checkedText(call),
    title: checkedTitle(textOf(call, 'title')),
    isDraft: given['draft'] === true,
    state: 'open',
    mergedAt: null,
    closedAt: null,
    createdAt: now(),
    updatedAt: now(),
    headRepository: headRepository.fullName,
    headBranch,
    headSha,
    baseBranch: base,
    baseSha,
    labels: [],
  }
  // "A pull request already exists for owner:branch.", "No commits between ...": seen in the open, e.g.
  // google/go-github#1441, tgymnich/fork-sync#112.
  const twin = [...repository.pulls.values()].find(
    (other) =>
      other.state === 'open' && headLabel(other) === headLabel(pull) && other.baseBranch === base,
  )
  if (twin !== undefined) {
    throw refused(`A pull request already exists for ${headLabel(pull)}.`)
  }
  const { isRelated, ahead } = await compare(world, baseSha, headSha)
  if (!isRelated) {
    throw refused(`The ${headBranch} branch has no history in common with ${base}`)
  }
  if (ahead === 0) {
    throw refused(`No commits between ${base} and ${headBranch}`)
  }
  showHead(world, repository, pull)
  repository.nextNumber += 1
  repository.pulls.set(pull.number, pull)
  await tellOfPull(world, repository, pull, 'opened', author)
  return ok(await fullPullShape(world, repository, pull), 201)
}

/** `branch`, or `owner:branch` of another repository of the network; `head_repo` tells two of one owner apart. */
function headOf(
  { world, repository, given, caller }: RepositoryCall,
  head: string,
): { readonly headRepository: Repository; readonly headBranch: string } {
  const [owner = '', branch] = head.includes(':')
    ? head.split(/:(.*)/s, 2)
    : [repository.owner, head]
  const name = typeof given['head_repo'] === 'string' ? given['head_repo'] : null
  const network = [...world.repositories.values()].filter(
    (one) =>
      one === repository ||
      one.parent === repository.fullName ||
      (one.fullName === repository.parent && repository.parent !== null),
  )
  const headRepository = network.find(
    (one) =>
      one.owner.toLowerCase() === owner.toLowerCase() && (name === null || one.name === name),
  )
  if (headRepository === undefined || branch === undefined || branch === '') {
    throw invalid('PullRequest', 'head', 'invalid')
  }
  // An installation token reaches one account only: peter-evans/create-pull-request#2848.
  if (caller.kind === 'installation' && !caller.repositories.includes(headRepository.fullName)) {
    throw new ApiRefusal(403, 'Resource not accessible by integration')
  }
  return { headRepository, headBranch: branch }
}

async function updatePull(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller, given } = call
  const pull = pullOf(call, 'pull_number')
  const sender = accountOf(caller)
  if (pull.author.login !== sender.login) {
    checkMayWrite(world, caller, repository)
  }
  const changes = checkedChanges(call, pull)
  const { state } = given
  if (state === 'open' && pull.state === 'closed') {
    await checkReopens(call, pull)
  }
  const before = { title: pull.title, body: pull.body, baseBranch: pull.baseBranch }
  Object.assign(pull, changes)
  const edited = {
    ...(pull.title === before.title ? {} : { title: { from: before.title } }),
    ...(pull.body === before.body ? {} : { body: { from: before.body ?? '' } }),
    ...(pull.baseBranch === before.baseBranch
      ? {}
      : { base: { ref: { from: before.baseBranch }, sha: { from: pull.baseSha } } }),
  }
  if (Object.keys(edited).length > 0) {
    pull.updatedAt = now()
    await tellOfPull(world, repository, pull, 'edited', sender, { changes: edited })
  }
  if (state === 'closed' && pull.state === 'open') {
    await closePull(world, repository, pull, sender)
  } else if (state === 'open' && pull.state === 'closed') {
    pull.state = 'open'
    pull.closedAt = null
    pull.headSha = tipOf(world, pull.headRepository, pull.headBranch) ?? pull.headSha
    pull.updatedAt = now()
    await tellOfPull(world, repository, pull, 'reopened', sender)
  }
  return ok(await fullPullShape(world, repository, pull))
}

function checkedChanges(call: RepositoryCall, pull: Pull): Partial<Pull> {
  const { given, world, repository } = call
  const base = textOf(call, 'base')
  const baseSha = base === null ? null : tipOf(world, repository.fullName, base)
  if (base !== null && baseSha === null) {
    throw invalid('PullRequest', 'base', 'invalid')
  }
  if (base !== null && base !== pull.baseBranch && pull.state === 'closed') {
    throw invalid(
      'PullRequest',
      'base',
      'custom',
      'Cannot change the base branch of a closed pull request.',
    )
  }
  return {
    ...('title' in given ? { title: checkedTitle(textOf(call, 'title')) } : {}),
    ...('body' in given ? checkedText(call) : {}),
    ...(base === null || baseSha === null ? {} : { baseBranch: base, baseSha }),
  }
}

/**
 * "state cannot be changed. The X branch was force-pushed or recreated." (cilium/cilium#47088), "... has been deleted.":
 * "blocking the pull request reopen if the current head isn't a descendant of the stored head" (isaacs/github#361).
 */
async function checkReopens({ world, repository }: RepositoryCall, pull: Pull): Promise<void> {
  const tip = tipOf(world, pull.headRepository, pull.headBranch)
  const twin = [...repository.pulls.values()].find(
    (other) =>
      other.state === 'open' &&
      headLabel(other) === headLabel(pull) &&
      other.baseBranch === pull.baseBranch,
  )
  const { headBranch, baseBranch, headSha } = pull
  const descends = tip !== null && (await isContained(world, headSha, tip))
  const reasons: readonly (readonly [boolean, string])[] = [
    [pull.mergedAt !== null, 'The pull request is merged.'],
    [tip === null, `The ${headBranch} branch has been deleted.`],
    [!descends, `The ${headBranch} branch was force-pushed or recreated.`],
    [
      twin !== undefined,
      `There is already an open pull request from ${headLabel(pull)} to ${baseBranch}.`,
    ],
  ]
  const reason = reasons.find(([holds]) => holds)?.[1] ?? null
  if (reason !== null) {
    throw invalid('PullRequest', 'state', 'invalid', `state cannot be changed. ${reason}`)
  }
}

function checkedText(call: RepositoryCall): { readonly body: string | null } {
  const body = textOf(call, 'body')
  checkLength('PullRequest', body ?? '')
  return { body }
}

function checkedTitle(title: string | null): string {
  if (title === null || title.trim() === '') {
    throw invalid('PullRequest', 'title', 'missing_field')
  }
  if (title.length > 256) {
    throw invalid('Issue', 'title', 'custom', 'title is too long (maximum is 256 characters)')
  }
  return title
}

function refused(message: string): ApiRefusal {
  const error = { resource: 'PullRequest', code: 'custom', message }
  return new ApiRefusal(422, 'Validation Failed', { errors: [error] })
}
