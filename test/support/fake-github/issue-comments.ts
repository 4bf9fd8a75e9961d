import type { Account } from '../fake-forge/accounts.ts'
import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf, checkMayWrite } from './callers.ts'
import { issueShape } from './issues.ts'
import { associationOf } from './pull-shapes.ts'
import type { IssueComment, Pull, Repository } from './records.ts'
import {
  found,
  numberOf,
  ok,
  paged,
  pullOf,
  type RepositoryCall,
  type RepositoryRoute,
  textOf,
} from './routes.ts'
import { apiUrl, nodeId, type Shape, userShape } from './shapes.ts'
import { now, type World } from './world.ts'

export const issueCommentRoutes: readonly RepositoryRoute[] = [
  ['GET', '/issues/{issue_number}/comments', listOfPull],
  ['GET', '/issues/comments', listOfRepository],
  ['POST', '/issues/{issue_number}/comments', create],
  ['GET', '/issues/comments/{comment_id}', get],
  ['PATCH', '/issues/comments/{comment_id}', update],
  ['DELETE', '/issues/comments/{comment_id}', remove],
]

function commentShape(world: World, repository: Repository, comment: IssueComment): Shape {
  const { id, number, body, author, createdAt, updatedAt } = comment
  const path = `/repos/${repository.fullName}/issues`
  return {
    id,
    node_id: nodeId('IC', id),
    body,
    user: userShape(world, author),
    created_at: createdAt,
    updated_at: updatedAt,
    author_association: associationOf(world, repository, author.login),
    html_url: `${world.url}/${repository.fullName}/pull/${number}#issuecomment-${id}`,
    issue_url: apiUrl(world, `${path}/${number}`),
    url: apiUrl(world, `${path}/comments/${id}`),
  }
}

function listOfPull(call: RepositoryCall): ApiAnswer {
  const { number } = pullOf(call, 'issue_number')
  const comments = call.repository.comments.filter((one) => one.number === number)
  return list(call, comments)
}

function listOfRepository(call: RepositoryCall): ApiAnswer {
  const { query, repository } = call
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
  const sorted = repository.comments.toSorted((a, b) => a[by].localeCompare(b[by]))
  return list(call, query.get('direction') === 'desc' ? sorted.toReversed() : sorted)
}

function list(call: RepositoryCall, comments: readonly IssueComment[]): ApiAnswer {
  const { world, repository, query } = call
  const since = query.get('since')
  const { items, headers } = paged(
    call,
    comments.filter(
      ({ updatedAt }) => since === null || Date.parse(updatedAt) >= Date.parse(since),
    ),
  )
  return { ...ok(items.map((one) => commentShape(world, repository, one))), headers }
}

function create(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  const pull = pullOf(call, 'issue_number')
  const comment = addComment(world, repository, pull, accountOf(caller), bodyOf(call))
  return ok(commentShape(world, repository, comment), 201)
}

export function addComment(
  world: World,
  repository: Repository,
  pull: Pull,
  author: Account,
  body: string,
): IssueComment {
  const at = now()
  const comment = {
    id: world.nextId(),
    number: pull.number,
    author,
    body,
    createdAt: at,
    updatedAt: at,
  }
  repository.comments.push(comment)
  pull.updatedAt = at
  tell(world, repository, comment, 'created', author)
  return comment
}

function get(call: RepositoryCall): ApiAnswer {
  return ok(commentShape(call.world, call.repository, commentOf(call)))
}

function update(call: RepositoryCall): ApiAnswer {
  const { world, repository } = call
  const { comment, sender } = ownComment(call)
  const from = comment.body
  comment.body = bodyOf(call)
  comment.updatedAt = now()
  tell(world, repository, comment, 'edited', sender, { changes: { body: { from } } })
  return ok(commentShape(world, repository, comment))
}

function remove(call: RepositoryCall): ApiAnswer {
  const { comment, sender } = ownComment(call)
  const { comments } = call.repository
  comments.splice(comments.indexOf(comment), 1)
  tell(call.world, call.repository, comment, 'deleted', sender)
  return { status: 204 }
}

function commentOf(call: RepositoryCall): IssueComment {
  const id = numberOf(call, 'comment_id')
  return found(call.repository.comments.find((one) => one.id === id))
}

function ownComment(call: RepositoryCall): {
  readonly comment: IssueComment
  readonly sender: Account
} {
  const comment = commentOf(call)
  const sender = accountOf(call.caller)
  if (comment.author.login !== sender.login) {
    checkMayWrite(call.world, call.caller, call.repository)
  }
  return { comment, sender }
}

/** As GitHub refuses it: telia-oss/github-pr-resource#259, jmikedupont2/ai-ticket#51. */
function bodyOf(call: RepositoryCall): string {
  const body = textOf(call, 'body') ?? ''
  const message =
    body.trim() === ''
      ? 'Body cannot be blank'
      : body.length > 65_536
        ? 'Body is too long (maximum is 65536 characters)'
        : null
  if (message !== null) {
    throw new ApiRefusal(422, 'Validation Failed', {
      errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }],
    })
  }
  return body
}

function tell(
  world: World,
  repository: Repository,
  comment: IssueComment,
  action: string,
  sender: Account,
  more: Shape = {},
): void {
  const pull = found(repository.pulls.get(comment.number))
  world.emit('issue_comment', action, repository, sender, {
    issue: issueShape(world, repository, pull),
    comment: commentShape(world, repository, comment),
    ...more,
  })
}
