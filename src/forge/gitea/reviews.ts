import { BotError } from '../../core/bot-error.ts'
import type { Sha } from '../../core/ids.ts'
import type { DiffAnchor, Review, ReviewComment } from '../../core/pull-request/review.ts'
import type { Forge } from '../forge.ts'
import { isMarkedWith, withMarker } from '../marker.ts'
import { pullRequestAnswer, type ReviewAnswer, remarkAnswer, reviewAnswer } from './answers.ts'
import { linesInDiff } from './diff-lines.ts'
import { readReview } from './read-review.ts'
import type { RepositoryAccess } from './repository-access.ts'

/** More of a diff than this is not looked at: a remark further up counts as outside. */
const maxDiffBytes = 32 * 1024 * 1024

type ReviewCalls = Pick<Forge, 'listReviews' | 'ensureReview' | 'ensureReply'>

export function openReviews(access: RepositoryAccess): ReviewCalls {
  const { client, path, dialect } = access
  function reviewsOf(number: number): string {
    return `${path}/pulls/${number}/reviews`
  }

  function list(number: number, signal: AbortSignal): Promise<readonly ReviewAnswer[]> {
    return client.list(reviewsOf(number), reviewAnswer, signal)
  }

  async function listReviews(number: number, signal: AbortSignal): Promise<readonly Review[]> {
    const login = await access.login(signal)
    const found = []
    for (const review of (await list(number, signal)).toSorted((a, b) => a.id - b.id)) {
      const url = `${reviewsOf(number)}/${review.id}/comments`
      const remarks =
        review.comments_count > 0 ? await client.get(url, remarkAnswer.array(), signal) : []
      found.push(readReview(review, remarks, login))
    }
    return found.filter((review) => review !== null)
  }

  function write(remark: DiffAnchor & { readonly body: string }): Record<string, unknown> {
    const { body, side, line, startLine } = remark
    const more = startLine === null || !dialect.hasRemarkRanges ? 0 : line - startLine
    return {
      path: remark.path,
      body,
      ...(side === 'new' ? { new_position: line - more } : { old_position: line - more }),
      ...(more > 0 ? { extra_lines_count: more } : {}),
    }
  }

  async function submit(
    number: number,
    review: { readonly commit: Sha; readonly body: string; readonly comments: readonly unknown[] },
    signal: AbortSignal,
  ): Promise<ReviewAnswer> {
    const { commit, body, comments } = review
    const asked = { commit_id: commit, event: 'COMMENT', body, comments }
    return client.send('POST', reviewsOf(number), asked, reviewAnswer, signal)
  }

  /** Remarks are written one by one into a draft of the account: one that failed half-way would be submitted with the next. */
  async function dropDrafts(
    number: number,
    reviews: readonly ReviewAnswer[],
    signal: AbortSignal,
  ): Promise<void> {
    const login = await access.login(signal)
    for (const { id } of reviews.filter(
      ({ state, user }) => state === 'PENDING' && user.login === login,
    )) {
      await client.ask('DELETE', `${reviewsOf(number)}/${id}`, { also: [404] }, signal)
    }
  }

  /** The servers take remarks anywhere, or fail in the middle: what lies outside the diff is known before. */
  async function areInDiff(
    number: number,
    commit: Sha,
    anchors: readonly DiffAnchor[],
    signal: AbortSignal,
  ): Promise<boolean> {
    if (anchors.length === 0) {
      return true
    }
    const pull = await client.get(`${path}/pulls/${number}`, pullRequestAnswer, signal)
    if (pull.head.sha !== commit) {
      return false
    }
    const diff = await client.tail(`${path}/pulls/${number}.diff`, maxDiffBytes, signal)
    const isShown = linesInDiff(diff?.text ?? '')
    return anchors.every(isShown)
  }

  async function findRemark(
    number: number,
    commentId: string,
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly asked: ReviewComment | null; readonly answer: ReviewComment | null }> {
    const login = await access.login(signal)
    const remarks = (await listReviews(number, signal)).flatMap(({ comments }) => comments)
    const answer = remarks.find(
      ({ author, body }) => author.login === login && isMarkedWith(body, key),
    )
    return { asked: remarks.find(({ id }) => id === commentId) ?? null, answer: answer ?? null }
  }

  return {
    listReviews,
    async ensureReview(number, key, draft, signal) {
      const login = await access.login(signal)
      const reviews = await list(number, signal)
      const there = reviews.find(
        (review) => review.user.login === login && isMarkedWith(review.body, key),
      )
      if (there !== undefined) {
        return { change: 'unchanged', value: String(there.id) }
      }
      if (!(await areInDiff(number, draft.commit, draft.comments, signal))) {
        return { change: 'bad-anchor' }
      }
      await dropDrafts(number, reviews, signal)
      const body = withMarker(draft.body, key)
      const comments = draft.comments.map(write)
      const made = await submit(number, { commit: draft.commit, body, comments }, signal)
      return { change: 'created', value: String(made.id) }
    },
    async ensureReply(number, commentId, key, body, signal) {
      const { asked, answer } = await findRemark(number, commentId, key, signal)
      if (answer !== null) {
        return { change: 'unchanged', value: answer.id }
      }
      if (asked === null || asked.anchor === null) {
        throw new BotError('FORGE_NOT_FOUND', `#${number} has no remark ${commentId} on a line`, {
          retry: 'after-human',
          details: { number, commentId },
        })
      }
      await dropDrafts(number, await list(number, signal), signal)
      const comments = [write({ ...asked.anchor, startLine: null, body: withMarker(body, key) })]
      const review = await submit(number, { commit: asked.commit, body: '', comments }, signal)
      const url = `${reviewsOf(number)}/${review.id}/comments`
      const [made] = await client.get(url, remarkAnswer.array(), signal)
      return { change: 'created', value: String(made?.id ?? review.id) }
    },
  }
}
