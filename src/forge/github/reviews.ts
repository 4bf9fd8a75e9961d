import { BotError } from '../../core/bot-error.ts'
import type { Review, ReviewComment, ReviewDraft } from '../../core/pull-request/review.ts'
import type { Ensured } from '../forge.ts'
import { isMarkedWith, isSameText, withMarker } from '../marker.ts'
import { allPages, type GithubRepository, keyOf, perPage } from './github-repository.ts'
import {
  type RemarkData,
  type ReviewData,
  toReview,
  toReviewComment,
  toReviewState,
} from './review-data.ts'
import { isRefused } from './to-bot-error.ts'

async function readReviews(
  { octokit, where }: GithubRepository,
  number: number,
  signal: AbortSignal,
): Promise<readonly ReviewData[]> {
  const pages = await allPages<readonly ReviewData[]>((page) =>
    octokit.rest.pulls.listReviews({
      ...where,
      pull_number: number,
      per_page: perPage,
      page,
      request: { signal },
    }),
  )
  return pages.flat()
}

async function readRemarks(
  { octokit, where }: GithubRepository,
  number: number,
  signal: AbortSignal,
): Promise<readonly RemarkData[]> {
  const pages = await allPages<readonly RemarkData[]>((page) =>
    octokit.rest.pulls.listReviewComments({
      ...where,
      pull_number: number,
      sort: 'created',
      direction: 'asc',
      per_page: perPage,
      page,
      request: { signal },
    }),
  )
  return pages.flat()
}

/** See `Forge.listReviews`. Two requests, however many reviews there are. */
export async function listReviews(
  github: GithubRepository,
  number: number,
  signal: AbortSignal,
): Promise<readonly Review[]> {
  const [reviews, remarks] = await Promise.all([
    readReviews(github, number, signal),
    readRemarks(github, number, signal),
  ])
  const read: Review[] = []
  for (const data of reviews) {
    const state = toReviewState(data.state)
    if (state === null) {
      continue
    }
    const comments: ReviewComment[] = []
    for (const remark of remarks.filter((one) => one.pull_request_review_id === data.id)) {
      const comment = toReviewComment(remark)
      comments.push({ ...comment, key: await keyOf(github, comment, signal) })
    }
    const review = toReview(data, state, comments)
    read.push({ ...review, key: await keyOf(github, review, signal) })
  }
  return read.toSorted((a, b) => a.submittedAt.getTime() - b.submittedAt.getTime())
}

/** Finds what carries the marker of `key` and is ours. */
async function findOwn<T extends { readonly user: { readonly login: string } | null }>(
  github: GithubRepository,
  texts: readonly (T & { readonly body: string })[],
  key: string,
  signal: AbortSignal,
): Promise<T | null> {
  const marked = texts.filter(({ body }) => isMarkedWith(body, key))
  if (marked.length === 0) {
    return null
  }
  const own = await github.ownLogin(signal)
  return marked.find(({ user }) => user?.login === own) ?? null
}

interface DraftComment {
  readonly path: string
  readonly line: number
  readonly side: string
  readonly body: string
  readonly start_line?: number
  readonly start_side?: string
}

function toDraftComment({
  path,
  line,
  startLine,
  side,
  body,
}: ReviewDraft['comments'][number]): DraftComment {
  const githubSide = side === 'old' ? 'LEFT' : 'RIGHT'
  const place = { path, line, side: githubSide, body }
  // GitHub refuses a range of one line.
  return startLine === null || startLine >= line
    ? place
    : { ...place, start_line: startLine, start_side: githubSide }
}

/** GitHub's words for a place that the diff does not have; it names neither the remark nor, sometimes, the field. */
const badAnchor =
  /must be part of the (?:same hunk|diff)|could not be resolved|start_line|is not part of the (?:diff|pull request)|\b(?:line|path|position)\b.*\binvalid\b|pull_request_review_thread/i

/** See `Forge.ensureReview`. GitHub takes all remarks of a review or none. */
export async function ensureReview(
  github: GithubRepository,
  number: number,
  key: string,
  draft: ReviewDraft,
  signal: AbortSignal,
): Promise<Ensured<string> | { readonly change: 'bad-anchor' }> {
  const there = await findOwn(github, await readReviews(github, number, signal), key, signal)
  if (there !== null) {
    return { change: 'unchanged', value: String(there.id) }
  }
  try {
    const { data } = await github.octokit.rest.pulls.createReview({
      ...github.where,
      pull_number: number,
      commit_id: draft.commit,
      event: 'COMMENT',
      body: withMarker(draft.body, key),
      comments: draft.comments.map(toDraftComment),
      request: { signal },
    })
    return { change: 'created', value: String(data.id) }
  } catch (error) {
    if (draft.comments.length > 0 && isRefused(error, badAnchor)) {
      return { change: 'bad-anchor' }
    }
    throw error
  }
}

/** See `Forge.ensureReply`. An answer to an answer goes to the first remark of the thread, for GitHub takes no other. */
export async function ensureReply(
  github: GithubRepository,
  number: number,
  commentId: string,
  key: string,
  text: string,
  signal: AbortSignal,
): Promise<Ensured<string>> {
  const { octokit, where } = github
  const remarks = await readRemarks(github, number, signal)
  const body = withMarker(text, key)
  const there = await findOwn(github, remarks, key, signal)
  if (there !== null && isSameText(there.body, body)) {
    return { change: 'unchanged', value: String(there.id) }
  }
  if (there !== null) {
    await octokit.rest.pulls.updateReviewComment({
      ...where,
      comment_id: there.id,
      body,
      request: { signal },
    })
    return { change: 'updated', value: String(there.id) }
  }
  const answered = remarks.find(({ id }) => String(id) === commentId)
  if (answered === undefined) {
    throw new BotError('FORGE_NOT_FOUND', `#${number} has no remark ${commentId}`, {
      retry: 'after-human',
    })
  }
  const { data } = await octokit.rest.pulls.createReviewComment({
    ...where,
    pull_number: number,
    body,
    commit_id: answered.commit_id,
    path: answered.path,
    in_reply_to: answered.in_reply_to_id ?? answered.id,
    request: { signal },
  })
  return { change: 'created', value: String(data.id) }
}
