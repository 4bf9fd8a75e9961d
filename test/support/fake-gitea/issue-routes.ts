import { z } from 'zod'
import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
} from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { answerPage } from './paging.ts'
import { emitPull } from './pull-life.ts'
import type { FakeComment, FakePull, FakeRepository } from './records.ts'
import { commentShape, labelShape, labelsOf, repositoryShape, userShape } from './shapes.ts'
import { callerOf, demand, mayDo, pullAt, repositoryAt, type World } from './world.ts'

const withBody = z.object({ body: z.string() })
const labelOption = z.object({
  name: z.string(),
  color: z.string().regex(/^#?[0-9a-f]{6}$/),
  description: z.string().optional(),
})
const labelsOption = z.object({ labels: z.union([z.array(z.number()), z.array(z.string())]) })

const path = '/repos/{owner}/{repo}'

/** Comments and labels, as `routers/api/v1/repo/issue_comment.go`, `label.go` and `issue_label.go` have them. */
export function issueRoutes(world: World): readonly Route<ApiHandler>[] {
  return [
    { method: 'GET', pattern: `${path}/issues/{index}/comments`, value: listComments },
    { method: 'POST', pattern: `${path}/issues/{index}/comments`, value: comment },
    { method: 'PATCH', pattern: `${path}/issues/comments/{id}`, value: editComment },
    { method: 'GET', pattern: `${path}/labels`, value: listLabels },
    { method: 'POST', pattern: `${path}/labels`, value: makeLabel },
    { method: 'GET', pattern: `${path}/issues/{index}/labels`, value: labelsOfIssue },
    { method: 'POST', pattern: `${path}/issues/{index}/labels`, value: addLabels },
    { method: 'DELETE', pattern: `${path}/issues/{index}/labels/{identifier}`, value: removeLabel },
  ]

  /** All of them: nothing is paged here. */
  function listComments(call: ApiCall): ApiAnswer {
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    const since = new Date(call.query.get('since') ?? 0)
    const found = pull.comments.filter(({ updatedAt }) => updatedAt >= since)
    return {
      status: 200,
      body: found.map((one) => commentShape(world, repository, pull, one)),
      headers: { 'x-total-count': String(found.length) },
    }
  }

  function comment(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    const made = addComment(world, repository, pull, login, withBody.parse(call.body).body)
    return { status: 201, body: commentShape(world, repository, pull, made) }
  }

  function editComment(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const found = [...repository.pulls.values()]
      .flatMap((pull) => pull.comments.map((one) => ({ pull, one })))
      .find(({ one }) => one.id === Number(call.params['id']))
    if (found === undefined) {
      throw new ApiRefusal(404, 'no such comment')
    }
    if (found.one.login !== login && !mayDo(world, repository, login, 'write')) {
      return { status: 403 }
    }
    found.one.body = withBody.parse(call.body).body
    found.one.updatedAt = world.now()
    return { status: 200, body: commentShape(world, repository, found.pull, found.one) }
  }

  function listLabels(call: ApiCall): Promise<ApiAnswer> {
    const repository = repositoryAt(world, call.params)
    return answerPage(
      call,
      repository.labels,
      world.url,
      (label) => labelShape(world, repository, label),
      { hasLinks: false },
    )
  }

  function makeLabel(call: ApiCall): ApiAnswer {
    const repository = repositoryAt(world, call.params)
    demand(world, repository, callerOf(world, call.token), 'write')
    const { name, color, description = '' } = labelOption.parse(call.body)
    const label = { id: world.nextId(), name, color, description }
    repository.labels.push(label)
    return { status: 201, body: labelShape(world, repository, label) }
  }

  function labelsOfIssue(call: ApiCall): ApiAnswer {
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    return { status: 200, body: labelsOf(world, repository, pull) }
  }

  function addLabels(call: ApiCall): ApiAnswer {
    const account = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    const pull = pullAt(repository, call.params['index'])
    if (!mayDo(world, repository, account.login, 'write')) {
      return { status: 403 }
    }
    const wanted = labelsOption.parse(call.body).labels as readonly (number | string)[]
    putLabels(world, repository, pull, account.login, wanted)
    return { status: 200, body: labelsOf(world, repository, pull) }
  }

  function removeLabel(call: ApiCall): ApiAnswer {
    const account = callerOf(world, call.token)
    const repository = repositoryAt(world, call.params)
    demand(world, repository, account, 'write')
    const pull = pullAt(repository, call.params['index'])
    const id = Number(call.params['identifier'])
    if (!repository.labels.some((label) => label.id === id)) {
      throw new ApiRefusal(422, 'label does not exist')
    }
    pull.labels.delete(id)
    pull.updatedAt = world.now()
    emitPull(world, repository, pull, 'label_updated', account.login)
    return { status: 204 }
  }
}

/** What is not there, by id or by name, is ignored. */
export function putLabels(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
  wanted: readonly (number | string)[],
): void {
  for (const { id, name } of repository.labels) {
    if (wanted.includes(id) || wanted.includes(name)) {
      pull.labels.add(id)
    }
  }
  pull.updatedAt = world.now()
  emitPull(world, repository, pull, 'label_updated', login)
}

export function addComment(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
  body: string,
): FakeComment {
  const now = world.now()
  const made = { id: world.nextId(), login, body, createdAt: now, updatedAt: now }
  pull.comments.push(made)
  pull.updatedAt = now
  world.hooks.emit('issue_comment', 'created', {
    action: 'created',
    is_pull: true,
    issue: { number: pull.number, title: pull.title, pull_request: { merged: pull.merged } },
    comment: commentShape(world, repository, pull, made),
    repository: repositoryShape(world, repository, login),
    sender: userShape(world, login),
  })
  return made
}
