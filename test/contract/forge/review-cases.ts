import { expect } from 'vitest'
import type { Sha } from '../../../src/core/ids.ts'
import type { ReviewDraft } from '../../../src/core/pull-request/review.ts'
import { casesThatNeed, type ForgeCase } from './forge-under-test.ts'
import { headRef, openPullRequest, signal } from './forge-values.ts'

const place = { path: 'file.txt', line: 10, startLine: null, side: 'new' } as const

function draft(commit: Sha): ReviewDraft {
  return {
    commit,
    body: 'Some remarks.',
    comments: [
      { ...place, body: 'on the new line' },
      { ...place, side: 'old', body: 'on the old line' },
    ],
  }
}

const writing: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'submits a review once for each key, as a comment',
    run: async (tested) => {
      const { forge } = tested
      const { number, sha } = await openPullRequest(tested)
      const first = await forge.ensureReview(number, 'mail <a--b@x>', draft(sha), signal)
      const second = await forge.ensureReview(number, 'mail <a--b@x>', draft(sha), signal)

      if (first.change === 'bad-anchor') {
        throw new Error('the anchor was refused')
      }
      expect(first.change).toBe('created')
      expect(second).toEqual({ change: 'unchanged', value: first.value })
      const reviews = await forge.listReviews(number, signal)
      expect(reviews).toMatchObject([
        { id: first.value, state: 'commented', key: 'mail <a--b@x>', commit: sha },
      ])
      expect(reviews[0]?.body).toContain('Some remarks.')
      const other = await forge.ensureReview(number, 'another', draft(sha), signal)
      expect(other.change).toBe('created')
    },
  },
  {
    name: 'puts the remarks of a review on their lines',
    run: async (tested) => {
      const { number, sha } = await openPullRequest(tested)
      await tested.forge.ensureReview(number, 'mail', draft(sha), signal)
      const [review] = await tested.forge.listReviews(number, signal)
      const remarks = review?.comments.toSorted((a, b) => a.body.localeCompare(b.body))

      expect(remarks).toMatchObject([
        { path: 'file.txt', commit: sha, anchor: place, inReplyTo: null },
        { path: 'file.txt', commit: sha, anchor: { ...place, side: 'old' }, inReplyTo: null },
      ])
      expect(remarks?.[0]?.body).toContain('on the new line')
    },
  },
  {
    name: 'takes a remark on several lines, by its last one at least',
    run: async (tested) => {
      const { number, sha } = await openPullRequest(tested)
      const comments = [{ ...place, startLine: 8, body: 'on three lines' }]
      await tested.forge.ensureReview(number, 'mail', { ...draft(sha), comments }, signal)
      const [review] = await tested.forge.listReviews(number, signal)
      const anchor = review?.comments[0]?.anchor

      expect(anchor).toMatchObject({ path: 'file.txt', line: 10, side: 'new' })
      expect([null, 8]).toContain(anchor?.startLine)
    },
  },
  {
    name: 'takes a review without a remark, and one whose range is a single line',
    run: async (tested) => {
      const { number, sha } = await openPullRequest(tested)
      const { forge } = tested
      const bare = await forge.ensureReview(number, 'a', { ...draft(sha), comments: [] }, signal)
      const comments = [{ ...place, startLine: 10, body: 'on one line' }]
      const single = await forge.ensureReview(number, 'b', { ...draft(sha), comments }, signal)

      expect([bare.change, single.change]).toEqual(['created', 'created'])
    },
  },
  {
    name: 'writes nothing of a review with a remark outside the diff',
    run: async (tested) => {
      const { number, sha } = await openPullRequest(tested)
      const [onDiff] = draft(sha).comments
      for (const off of [
        { ...place, line: 20 },
        { ...place, path: 'absent.txt' },
      ]) {
        const comments = [...(onDiff ? [onDiff] : []), { ...off, body: 'nowhere' }]
        expect(
          await tested.forge.ensureReview(number, 'mail', { ...draft(sha), comments }, signal),
        ).toEqual({ change: 'bad-anchor' })
      }
      expect(await tested.forge.listReviews(number, signal)).toEqual([])
    },
  },
  {
    name: 'answers a remark once for each key',
    run: async (tested) => {
      const { forge } = tested
      const { number, sha } = await openPullRequest(tested)
      const [one] = draft(sha).comments
      const comments = one ? [one] : []
      await forge.ensureReview(number, 'mail', { ...draft(sha), comments }, signal)
      const remark = (await forge.listReviews(number, signal))[0]?.comments[0]?.id ?? ''
      const first = await forge.ensureReply(number, remark, 'answer', 'Quite so.', signal)
      const second = await forge.ensureReply(number, remark, 'answer', 'Quite so.', signal)
      // An answer to an answer belongs to the same thread.
      const third = await forge.ensureReply(number, first.value, 'third', 'Indeed.', signal)

      expect(first.change).toBe('created')
      expect(second).toEqual({ change: 'unchanged', value: first.value })
      const all = (await forge.listReviews(number, signal)).flatMap((review) => review.comments)
      expect(all).toHaveLength(3)
      const top = forge.capabilities.reviewReplies ? remark : null
      for (const [id, key] of [
        [first.value, 'answer'],
        [third.value, 'third'],
      ]) {
        expect(all.find((comment) => comment.id === id)).toMatchObject({
          key,
          path: 'file.txt',
          inReplyTo: top,
        })
      }
    },
  },
]

const reading: readonly Omit<ForgeCase, 'needs'>[] = [
  {
    name: 'reads what people reviewed, oldest first',
    hands: ['people'],
    run: async (tested) => {
      const { number, sha } = await openPullRequest(tested)
      await tested.review(number, 'alice', { ...draft(sha), state: 'changes-requested' })
      await tested.review(number, 'bob', {
        commit: sha,
        body: 'Fine.\n\n<!-- patchferry key=mail -->',
        comments: [],
        state: 'approved',
      })
      const reviews = await tested.forge.listReviews(number, signal)

      expect(reviews).toMatchObject([
        {
          author: { login: 'alice', isBot: false },
          state: 'changes-requested',
          commit: sha,
          key: null,
          comments: [
            { author: { login: 'alice' }, body: 'on the new line', anchor: place },
            { body: 'on the old line', anchor: { ...place, side: 'old' } },
          ],
        },
        { author: { login: 'bob' }, state: 'approved', key: null, comments: [] },
      ])
      const own = await tested.forge.ensureReview(number, 'mail', draft(sha), signal)
      expect(own.change).toBe('created')
    },
  },
  {
    name: 'keeps a remark where it was made when the head moves on',
    hands: ['people'],
    run: async (tested) => {
      const { number, sha } = await openPullRequest(tested)
      await tested.review(number, 'alice', { ...draft(sha), state: 'commented' })
      await tested.moveBranch(headRef)
      const [review] = await tested.forge.listReviews(number, signal)

      expect(review?.commit).toBe(sha)
      expect(review?.comments[0]).toMatchObject({ commit: sha, path: 'file.txt' })
    },
  },
]

export const reviewCases: readonly ForgeCase[] = casesThatNeed(
  ['pullRequests', 'reviews'],
  [...writing, ...reading],
)
