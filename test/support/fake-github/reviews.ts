import type { Account } from '../fake-forge/accounts.ts'
import { type ApiAnswer, ApiRefusal } from '../fake-forge/api-server.ts'
import { accountOf, checkMayWrite } from './callers.ts'
import { readPullDiff } from './diff-lines.ts'
import { isContained } from './history.ts'
import { associationOf, pullShape } from './pull-shapes.ts'
import type { Pull, Repository, Review, ReviewComment } from './records.ts'
import {
  addRemark,
  type CheckedComment,
  checkComment,
  type GivenComment,
  remarkOf,
  remarkShape,
  removeRemark,
  tellOfRemark,
  updateRemark,
} from './review-comments.ts'
import {
  checkLength,
  found,
  invalid,
  numberOf,
  ok,
  paged,
  pullOf,
  type RepositoryCall,
  type RepositoryRoute,
  textOf,
} from './routes.ts'
import { apiUrl, nodeId, type Shape, userShape } from './shapes.ts'
import { commitOf } from './statuses.ts'
import { now, type World } from './world.ts'

export const reviewRoutes: readonly RepositoryRoute[] = [
  ['GET', '/pulls/{pull_number}/reviews', listReviews],
  ['POST', '/pulls/{pull_number}/reviews', createReview],
  ['GET', '/pulls/{pull_number}/reviews/{review_id}', (call) => ok(shapeOf(call, reviewOf(call)))],
  ['POST', '/pulls/{pull_number}/reviews/{review_id}/events', submitReview],
  ['PUT', '/pulls/{pull_number}/reviews/{review_id}/dismissals', dismissReview],
  ['GET', '/pulls/{pull_number}/reviews/{review_id}/comments', listOfReview],
  ['GET', '/pulls/{pull_number}/comments', listOfPull],
  ['POST', '/pulls/{pull_number}/comments', createRemark],
  [
    'POST',
    '/pulls/{pull_number}/comments/{comment_id}/replies',
    (call) => reply(call, numberOf(call, 'comment_id')),
  ],
  ['GET', '/pulls/comments', (call) => listRemarks(call, call.repository.remarks)],
  [
    'GET',
    '/pulls/comments/{comment_id}',
    async (call) => ok(await remarkShape(call.world, call.repository, remarkOf(call))),
  ],
  [
    'PATCH',
    '/pulls/comments/{comment_id}',
    (call) => updateRemark(call, textOf(call, 'body') ?? ''),
  ],
  ['DELETE', '/pulls/comments/{comment_id}', removeRemark],
]

function reviewShape(world: World, repository: Repository, review: Review): Shape {
  const { id, number, author, state, body, commit, submittedAt } = review
  return {
    id,
    node_id: nodeId('PRR', id),
    user: userShape(world, author),
    state,
    body,
    commit_id: commit,
    ...(submittedAt === null ? {} : { submitted_at: submittedAt }),
    author_association: associationOf(world, repository, author.login),
    html_url: `${world.url}/${repository.fullName}/pull/${number}#pullrequestreview-${id}`,
    pull_request_url: apiUrl(world, `/repos/${repository.fullName}/pulls/${number}`),
  }
}

function shapeOf({ world, repository }: RepositoryCall, review: Review): Shape {
  return reviewShape(world, repository, review)
}

function reviewOf(call: RepositoryCall): Review {
  const id = numberOf(call, 'review_id')
  const { number } = pullOf(call, 'pull_number')
  return found(call.repository.reviews.find((one) => one.id === id && one.number === number))
}

/** Oldest first; a draft is seen by nobody but who writes it. */
function listReviews(call: RepositoryCall): ApiAnswer {
  const { number } = pullOf(call, 'pull_number')
  const login = call.caller.kind === 'nobody' ? null : accountOf(call.caller).login
  const reviews = call.repository.reviews.filter(
    (one) => one.number === number && (one.state !== 'PENDING' || one.author.login === login),
  )
  const { items, headers } = paged(call, reviews)
  return { ...ok(items.map((one) => shapeOf(call, one))), headers }
}

const states = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
} as const

/** All or nothing: one remark off the diff, and nothing is written (max-sixty/tend#252). */
async function createReview(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository, caller, given } = call
  const pull = pullOf(call, 'pull_number')
  const author = accountOf(caller)
  const event = textOf(call, 'event') as keyof typeof states | null
  const body = textOf(call, 'body') ?? ''
  const comments = (given['comments'] ?? []) as readonly GivenComment[]
  checkLength('PullRequestReview', body)
  if (event !== null && event !== 'APPROVE' && body === '' && comments.length === 0) {
    throw new ApiRefusal(422, 'Unprocessable Entity', { errors: ['Body can not be blank'] })
  }
  if (event !== null && event !== 'COMMENT' && author.login === pull.author.login) {
    const what = event === 'APPROVE' ? 'approve' : 'request changes on'
    throw new ApiRefusal(422, 'Unprocessable Entity', {
      errors: [`Can not ${what} your own pull request`],
    })
  }
  const commit = await checkedCommit(call, pull, textOf(call, 'commit_id'))
  const diff = await readPullDiff(world, pull, commit)
  const checked = comments.map((one) => checkComment(diff, one))
  const review = await addReview(world, repository, pull, author, {
    state: event === null ? 'PENDING' : states[event],
    body,
    commit,
    comments: checked,
  })
  return ok(reviewShape(world, repository, review))
}

export interface NewReview {
  readonly state: Review['state']
  readonly body: string
  readonly commit: string
  readonly comments: readonly CheckedComment[]
  readonly inReplyTo?: number | null
}

export async function addReview(
  world: World,
  repository: Repository,
  pull: Pull,
  author: Account,
  { state, body, commit, comments, inReplyTo = null }: NewReview,
): Promise<Review> {
  const review: Review = {
    id: world.nextId(),
    number: pull.number,
    author,
    state,
    body,
    commit,
    submittedAt: state === 'PENDING' ? null : now(),
  }
  repository.reviews.push(review)
  const remarks = comments.map((one) => addRemark(world, repository, review, one, inReplyTo))
  if (state !== 'PENDING') {
    await tellOfReview(world, repository, review, remarks)
  }
  return review
}

/** The order of the two kinds of events is not promised; remarks come first here. */
async function tellOfReview(
  world: World,
  repository: Repository,
  review: Review,
  remarks: readonly ReviewComment[],
): Promise<void> {
  for (const remark of remarks) {
    await tellOfRemark(world, repository, remark, 'created', review.author)
  }
  emitReview(world, repository, review, 'submitted', review.author)
}

/** Payloads tell the state in small letters, answers in capitals. */
function emitReview(
  world: World,
  repository: Repository,
  review: Review,
  action: string,
  sender: Account,
): void {
  const pull = found(repository.pulls.get(review.number))
  pull.updatedAt = now()
  world.emit('pull_request_review', action, repository, sender, {
    review: {
      ...reviewShape(world, repository, review),
      state: review.state.toLowerCase(),
    },
    pull_request: pullShape(world, repository, pull),
  })
}

async function submitReview(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, repository } = call
  const review = reviewOf(call)
  if (review.state !== 'PENDING') {
    throw new ApiRefusal(422, 'Can not submit a review that is not pending')
  }
  review.state = states[textOf(call, 'event') as keyof typeof states]
  review.body = textOf(call, 'body') ?? review.body
  review.submittedAt = now()
  const remarks = repository.remarks.filter(({ reviewId }) => reviewId === review.id)
  await tellOfReview(world, repository, review, remarks)
  return ok(shapeOf(call, review))
}

function dismissReview(call: RepositoryCall): ApiAnswer {
  const { world, repository, caller } = call
  checkMayWrite(world, caller, repository)
  const review = reviewOf(call)
  review.state = 'DISMISSED'
  emitReview(world, repository, review, 'dismissed', accountOf(caller))
  return ok(shapeOf(call, review))
}

async function listOfReview(call: RepositoryCall): Promise<ApiAnswer> {
  const review = reviewOf(call)
  const remarks = call.repository.remarks.filter(({ reviewId }) => reviewId === review.id)
  return listRemarks(call, remarks, false)
}

async function listOfPull(call: RepositoryCall): Promise<ApiAnswer> {
  const { number } = pullOf(call, 'pull_number')
  return listRemarks(
    call,
    call.repository.remarks.filter((one) => one.number === number),
  )
}

async function listRemarks(
  call: RepositoryCall,
  all: readonly ReviewComment[],
  withLines = true,
): Promise<ApiAnswer> {
  const { world, repository, query } = call
  const since = query.get('since')
  const pending = repository.reviews.filter(({ state }) => state === 'PENDING')
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt'
  const matching = all
    .filter(({ reviewId }) => !pending.some(({ id }) => id === reviewId))
    .filter(({ updatedAt }) => since === null || Date.parse(updatedAt) >= Date.parse(since))
    .toSorted((a, b) => a[by].localeCompare(b[by]))
  const isDescending = query.get('direction') === 'desc'
  const { items, headers } = paged(call, isDescending ? matching.toReversed() : matching)
  const shapes = items.map((one) => remarkShape(world, repository, one, withLines))
  return { ...ok(await Promise.all(shapes)), headers }
}

/** A remark made singly is a review of its own, with an empty body. */
async function createRemark(call: RepositoryCall): Promise<ApiAnswer> {
  const { world, caller, given } = call
  if (typeof given['in_reply_to'] === 'number') {
    return reply(call, given['in_reply_to'])
  }
  const pull = pullOf(call, 'pull_number')
  const commit = await checkedCommit(call, pull, textOf(call, 'commit_id'))
  const diff = await readPullDiff(world, pull, commit)
  const checked = checkComment(diff, given as unknown as GivenComment)
  checkLength('PullRequestReviewComment', checked.body)
  return answerRemark(call, pull, accountOf(caller), commit, checked, null)
}

/** "Replies to replies are not supported" (docs.github.com/rest/pulls/comments#create-a-reply-for-a-review-comment). */
async function reply(call: RepositoryCall, to: number): Promise<ApiAnswer> {
  const pull = pullOf(call, 'pull_number')
  const top = found(
    call.repository.remarks.find(({ id, number }) => id === to && number === pull.number),
  )
  if (top.inReplyTo !== null) {
    throw invalid('PullRequestReviewComment', 'in_reply_to', 'invalid')
  }
  const body = textOf(call, 'body') ?? ''
  checkLength('PullRequestReviewComment', body)
  const { path, line, startLine, side, startSide, diffHunk, position } = top
  const placed = { path, line, startLine, side, startSide, diffHunk, position }
  const author = accountOf(call.caller)
  return answerRemark(call, pull, author, top.commit, { ...placed, body }, top.id)
}

async function answerRemark(
  call: RepositoryCall,
  pull: Pull,
  author: Account,
  commit: string,
  checked: CheckedComment,
  inReplyTo: number | null,
): Promise<ApiAnswer> {
  const { world, repository } = call
  const { id } = await addReview(world, repository, pull, author, {
    state: 'COMMENTED',
    body: '',
    commit,
    comments: [checked],
    inReplyTo,
  })
  const remark = found(repository.remarks.find(({ reviewId }) => reviewId === id))
  return ok(await remarkShape(world, repository, remark), 201)
}

/** The head where none is named; throws the 422 for one that is not of the pull request. */
async function checkedCommit(
  { world, repository }: RepositoryCall,
  pull: Pull,
  named: string | null,
): Promise<string> {
  const commit = named ?? pull.headSha
  const isKnown = (await commitOf(world, repository, commit)) !== null
  if (
    !isKnown ||
    !(await isContained(world, commit, pull.headSha)) ||
    (await isContained(world, commit, pull.baseSha))
  ) {
    const message = 'commit_id is not part of the pull request'
    throw invalid('PullRequestReview', 'commit_id', 'custom', message)
  }
  return commit
}
