import { z } from 'zod'
import {
  type ApiAnswer,
  type ApiCall,
  type ApiHandler,
  ApiRefusal,
} from '../fake-forge/api-server.ts'
import type { Route } from '../fake-forge/route-table.ts'
import { answerPage } from './paging.ts'
import type { FakePull, FakeRepository, FakeReview } from './records.ts'
import { makeRemark } from './remark.ts'
import { pullShape, remarkShape, repositoryShape, reviewShape, userShape } from './shapes.ts'
import { callerOf, demand, pullAt, repositoryAt, type World } from './world.ts'

const remarkOption = z.object({
  path: z.string(),
  body: z.string(),
  new_position: z.number().default(0),
  old_position: z.number().default(0),
  extra_lines_count: z.number().default(0),
})

const reviewOption = z.object({
  commit_id: z.string().optional(),
  event: z.enum(['APPROVED', 'REQUEST_CHANGES', 'COMMENT', 'PENDING']).default('PENDING'),
  body: z.string().default(''),
  comments: z.array(remarkOption).default([]),
})

type ReviewOption = z.infer<typeof reviewOption>

const path = '/repos/{owner}/{repo}/pulls/{index}/reviews'

/** Reviews, as `routers/api/v1/repo/pull_review.go` has them. */
export function reviewRoutes(world: World): readonly Route<ApiHandler>[] {
  return [
    { method: 'GET', pattern: path, value: list },
    { method: 'POST', pattern: path, value: create },
    { method: 'DELETE', pattern: `${path}/{id}`, value: remove },
    { method: 'POST', pattern: `${path}/{id}/dismissals`, value: dismiss },
    { method: 'GET', pattern: `${path}/{id}/comments`, value: remarks },
  ]

  function at(call: ApiCall): { readonly repository: FakeRepository; readonly pull: FakePull } {
    const repository = repositoryAt(world, call.params)
    return { repository, pull: pullAt(repository, call.params['index']) }
  }

  function reviewAt(pull: FakePull, { params }: ApiCall): FakeReview {
    const found = pull.reviews.find(({ id }) => id === Number(params['id']))
    if (found === undefined) {
      throw new ApiRefusal(404, 'no such review')
    }
    return found
  }

  /** Drafts are shown to their authors. */
  function list(call: ApiCall): Promise<ApiAnswer> {
    const { login } = callerOf(world, call.token)
    const { repository, pull } = at(call)
    const shown = pull.reviews.filter((one) => one.state !== 'PENDING' || one.login === login)
    function shape(one: FakeReview): unknown {
      return reviewShape(world, repository, pull, one)
    }
    return answerPage(call, shown, world.url, shape, { hasLinks: false })
  }

  async function create(call: ApiCall): Promise<ApiAnswer> {
    const { login } = callerOf(world, call.token)
    const { repository, pull } = at(call)
    const review = await addReview(world, repository, pull, login, reviewOption.parse(call.body))
    return { status: 200, body: reviewShape(world, repository, pull, review) }
  }

  function remove(call: ApiCall): ApiAnswer {
    const { login } = callerOf(world, call.token)
    const { pull } = at(call)
    const review = reviewAt(pull, call)
    if (review.login !== login) {
      throw new ApiRefusal(403, 'not yours')
    }
    pull.reviews.splice(pull.reviews.indexOf(review), 1)
    return { status: 204 }
  }

  function dismiss(call: ApiCall): ApiAnswer {
    const { repository, pull } = at(call)
    demand(world, repository, callerOf(world, call.token), 'write')
    const review = reviewAt(pull, call)
    review.dismissed = true
    return { status: 200, body: reviewShape(world, repository, pull, review) }
  }

  function remarks(call: ApiCall): ApiAnswer {
    const { repository, pull } = at(call)
    const review = reviewAt(pull, call)
    return {
      status: 200,
      body: review.remarks.map((one) => remarkShape(world, repository, pull, review, one)),
    }
  }
}

/** Remarks go, one by one, into the draft of this account; a bad one leaves those before it there, and is a 500. */
export async function addReview(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  login: string,
  wanted: Partial<ReviewOption>,
): Promise<FakeReview> {
  const { event, body, comments, commit_id } = reviewOption.parse(wanted)
  refuseEmptyOrOwn(pull, login, { event, body, comments })
  const head = await world.git.git(repository.name, ['rev-parse', `refs/pull/${pull.number}/head`])
  const commit = commit_id ?? head
  for (const comment of comments) {
    const remark = await makeRemark(world, repository, pull, login, { ...comment, commit })
    draftOf(world, pull, login, commit).remarks.push(remark)
  }
  const review = draftOf(world, pull, login, commit)
  Object.assign(review, { state: event, body, commit, submittedAt: world.now() })
  if (event !== 'PENDING') {
    emitReview(world, repository, pull, review)
  }
  return review
}

function refuseEmptyOrOwn(
  pull: FakePull,
  login: string,
  { event, body, comments }: Pick<ReviewOption, 'event' | 'body' | 'comments'>,
): void {
  const isVote = event === 'APPROVED' || event === 'REQUEST_CHANGES'
  if (isVote && pull.poster === login) {
    throw new ApiRefusal(422, 'approve or reject your own pull is not allowed')
  }
  const isEmpty = body.trim() === ''
  if (isEmpty && (event === 'REQUEST_CHANGES' || (event === 'COMMENT' && comments.length === 0))) {
    throw new ApiRefusal(422, `review event ${event} requires a body or a comment`)
  }
}

function draftOf(world: World, pull: FakePull, login: string, commit: string): FakeReview {
  const there = pull.reviews.find((one) => one.state === 'PENDING' && one.login === login)
  if (there !== undefined) {
    return there
  }
  const made: FakeReview = {
    id: world.nextId(),
    login,
    state: 'PENDING',
    body: '',
    commit,
    dismissed: false,
    remarks: [],
    submittedAt: world.now(),
  }
  pull.reviews.push(made)
  return made
}

/** No id of the review, and no remarks: they have to be asked for. */
function emitReview(
  world: World,
  repository: FakeRepository,
  pull: FakePull,
  review: FakeReview,
): void {
  const kinds = { APPROVED: 'approved', REQUEST_CHANGES: 'rejected' } as const
  const kind = review.state in kinds ? kinds[review.state as keyof typeof kinds] : 'comment'
  world.hooks.emit(`pull_request_${kind}`, 'reviewed', {
    action: 'reviewed',
    number: pull.number,
    pull_request: pullShape(world, repository, pull, review.login),
    repository: repositoryShape(world, repository, review.login),
    sender: userShape(world, review.login),
    review: { type: `pull_request_review_${kind}`, content: review.body },
  })
}
