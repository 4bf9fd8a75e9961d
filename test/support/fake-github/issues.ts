import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf, checkMayWrite } from './callers.ts'
import { tellOfPull } from './pull-life.ts'
import { associationOf } from './pull-shapes.ts'
import type { Label, Pull, Repository } from './records.ts'
import {
  found,
  invalid,
  ok,
  paged,
  pullOf,
  type RepositoryCall,
  type RepositoryRoute,
  textOf,
} from './routes.ts'
import { apiUrl, labelShape, nodeId, type Shape, userShape } from './shapes.ts'
import { now, type World } from './world.ts'

/** Every pull request is an issue as well: its labels are had by these. */
export const issueRoutes: readonly RepositoryRoute[] = [
  ['GET', '/issues', listIssues],
  [
    'GET',
    '/issues/{issue_number}',
    (call) => ok(issueShape(call.world, call.repository, pullOf(call, 'issue_number'))),
  ],
  ['GET', '/issues/{issue_number}/labels', (call) => labelsOf(call, pullOf(call, 'issue_number'))],
  ['POST', '/issues/{issue_number}/labels', (call) => changeLabels(call, 'add')],
  ['PUT', '/issues/{issue_number}/labels', (call) => changeLabels(call, 'set')],
  ['DELETE', '/issues/{issue_number}/labels/{name}', removeLabel],
  ['GET', '/labels', listLabels],
  ['POST', '/labels', createLabel],
  ['GET', '/labels/{name}', getLabel],
]

export function issueShape(world: World, repository: Repository, pull: Pull): Shape {
  const htmlUrl = `${world.url}/${repository.fullName}/pull/${pull.number}`
  const path = `/repos/${repository.fullName}`
  return {
    id: pull.id + 1,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    locked: false,
    draft: pull.isDraft,
    user: userShape(world, pull.author),
    labels: pull.labels.map((label) => labelShape(world, repository, label)),
    comments: repository.comments.filter(({ number }) => number === pull.number).length,
    author_association: associationOf(world, repository, pull.author.login),
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    html_url: htmlUrl,
    url: apiUrl(world, `${path}/issues/${pull.number}`),
    repository_url: apiUrl(world, path),
    pull_request: {
      url: apiUrl(world, `${path}/pulls/${pull.number}`),
      html_url: htmlUrl,
      diff_url: `${htmlUrl}.diff`,
      patch_url: `${htmlUrl}.patch`,
      merged_at: pull.mergedAt,
    },
  }
}

function listIssues(call: RepositoryCall): ApiAnswer {
  const { world, repository, query } = call
  const state = query.get('state') ?? 'open'
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '')
  const matching = [...repository.pulls.values()]
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => labels.every((name) => pull.labels.some((label) => label.name === name)))
    .toReversed()
  const { items, headers } = paged(call, matching)
  return { ...ok(items.map((pull) => issueShape(world, repository, pull))), headers }
}

function labelsOf(call: RepositoryCall, pull: Pull): ApiAnswer {
  return ok(pull.labels.map((label) => labelShape(call.world, call.repository, label)))
}

async function changeLabels(call: RepositoryCall, how: 'add' | 'set'): Promise<ApiAnswer> {
  const { world, repository, caller, given } = call
  const pull = pullOf(call, 'issue_number')
  checkMayWrite(world, caller, repository)
  const listed = Array.isArray(call.body) ? call.body : given['labels']
  const names = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).map((one) =>
    typeof one === 'string' ? one : String((one as { name?: unknown }).name),
  )
  await labelPull(world, repository, pull, accountOf(caller).login, names, how)
  return labelsOf(call, pull)
}

export async function labelPull(
  world: World,
  repository: Repository,
  pull: Pull,
  login: string,
  names: readonly string[],
  how: 'add' | 'set',
): Promise<void> {
  const sender = world.accounts.add(login)
  const wanted = names.map((name) => knownLabel(world, repository, name))
  const before = pull.labels
  const kept = how === 'add' ? before : before.filter((label) => wanted.includes(label))
  const added = wanted.filter((label, at) => !kept.includes(label) && wanted.indexOf(label) === at)
  pull.labels = [...kept, ...added]
  for (const [action, labels] of [
    ['labeled', added],
    ['unlabeled', before.filter((label) => !pull.labels.includes(label))],
  ] as const) {
    for (const label of labels) {
      pull.updatedAt = now()
      const shape = labelShape(world, repository, label)
      await tellOfPull(world, repository, pull, action, sender, { label: shape })
    }
  }
}

/** Unknown labels are made by being used: docs.github.com/rest/issues/labels#add-labels-to-an-issue says nothing of a refusal. */
function knownLabel(world: World, repository: Repository, name: string): Label {
  if (name.length > 50) {
    throw invalid('Label', 'name', 'custom', 'name is too long (maximum is 50 characters)')
  }
  const known = repository.labels.get(name.toLowerCase())
  const label = known ?? { id: world.nextId(), name, color: 'ededed' }
  repository.labels.set(name.toLowerCase(), label)
  return label
}

async function removeLabel(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller, params } = call
  const pull = pullOf(call, 'issue_number')
  checkMayWrite(world, caller, repository)
  const name = (params['name'] ?? '').toLowerCase()
  const left = pull.labels.filter((label) => label.name.toLowerCase() !== name)
  if (left.length === pull.labels.length) {
    throw new ApiRefusal(404, 'Label does not exist')
  }
  const names = left.map((label) => label.name)
  await labelPull(world, repository, pull, accountOf(caller).login, names, 'set')
  return labelsOf(call, pull)
}

function listLabels(call: RepositoryCall): ApiAnswer {
  const { world, repository } = call
  const { items, headers } = paged(call, [...repository.labels.values()])
  return { ...ok(items.map((label) => labelShape(world, repository, label))), headers }
}

function createLabel(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const name = textOf(call, 'name') ?? ''
  if (repository.labels.has(name.toLowerCase())) {
    throw invalid('Label', 'name', 'already_exists')
  }
  const label = { id: world.nextId(), name, color: textOf(call, 'color') ?? 'ededed' }
  repository.labels.set(name.toLowerCase(), label)
  return ok(labelShape(world, repository, label), 201)
}

function getLabel(call: RepositoryCall): ApiAnswer {
  const { world, repository, params } = call
  const label = found(repository.labels.get((params['name'] ?? '').toLowerCase()))
  return ok(labelShape(world, repository, label))
}
