import { afterEach, describe, expect, it } from 'vitest'
import type { RefName, Sha } from '../../src/core/ids.ts'
import type { Forge } from '../../src/forge/forge.ts'
import type { Fetch } from '../../src/forge/github/guarded-fetch.ts'
import { driveFakeGithub, driverOn } from '../support/github-driver.ts'

const { signal } = new AbortController()
const headRef = 'refs/heads/series/topic-1a2b3c4d5e6f' as RefName
const spec = {
  headRef,
  baseRef: 'refs/heads/main' as RefName,
  title: 'Topic',
  body: 'What it does.',
  draft: true,
  labels: ['series/v1'],
}

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()))
})

/** Fetches, and loses the answers from the n-th on, as a process does that is killed once GitHub has done what was asked. */
function losingAnswersFrom(n: number): Fetch {
  let sent = 0
  return async (url, init) => {
    sent += 1
    const answer = await fetch(url, init)
    if (sent >= n) {
      await answer.arrayBuffer()
      throw new TypeError('the process was killed')
    }
    return answer
  }
}

async function makeAll(forge: Forge, sha: Sha): Promise<void> {
  const { value } = await forge.ensurePullRequest({ ...spec, number: null }, signal)
  await forge.ensurePullRequest({ ...spec, draft: false, labels: ['series/v2'] }, signal)
  await forge.ensureComment(value.number, 'verdict', 'red', signal)
  const place = { path: 'file.txt', line: 10, startLine: null, side: 'new' } as const
  const comments = [{ ...place, body: 'on the line' }]
  await forge.ensureReview(value.number, 'mail', { commit: sha, body: 'See.', comments }, signal)
  const [review] = await forge.listReviews(value.number, signal)
  const remark = review?.comments[0]?.id ?? ''
  await forge.ensureReply(value.number, remark, 'answer', 'Quite so.', signal)
}

/** Whether the process that lost its answers came to its end. */
async function lastsUntil(n: number): Promise<boolean> {
  const { fake, forge: next } = await driveFakeGithub('token', 'same-repo')
  closers.push(() => fake.close())
  const sha = await fake.moveBranch(headRef)
  const killed = driverOn(fake, 'token', { fetch: losingAnswersFrom(n) })
  const [first] = await Promise.allSettled([makeAll(killed, sha)])
  await makeAll(next, sha)

  const [only, ...others] = await next.findPullRequests(headRef, signal)
  expect(others).toEqual([])
  expect(only).toMatchObject({ state: 'open', draft: false, labels: ['series/v2'] })
  const number = only?.number ?? 0
  expect(await next.listComments(number, null, signal)).toHaveLength(1)
  const remarks = (await next.listReviews(number, signal)).flatMap(({ comments }) => comments)
  expect(remarks.map(({ key }) => key)).toEqual([null, 'answer'])
  return first.status === 'fulfilled'
}

describe('what was done on GitHub by a process that was killed', () => {
  it('is not done twice by the next, whichever answer was the last', {
    timeout: 300_000,
  }, async () => {
    let kills = 1
    while (!(await lastsUntil(kills))) {
      kills += 1
    }
    expect(kills).toBeGreaterThan(10)
  })
})
