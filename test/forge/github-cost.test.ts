import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckAnnotation } from '../../src/core/checks/check-log.ts'
import type { Sha } from '../../src/core/ids.ts'
import { headRef, signal, spec as usual } from '../contract/forge/forge-values.ts'
import { type DrivenGithub, driveFakeGithub } from '../support/github-driver.ts'

const spec = { ...usual, number: null }

let driven: DrivenGithub
beforeEach(async () => {
  driven = await driveFakeGithub('app', 'fork')
})
afterEach(async () => {
  await driven.fake.close()
})

async function costOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const before = driven.fake.requests().length
  await act()
  const made = driven.fake.requests().slice(before)
  expect(driven.forge.usage().calls).toBe(driven.fake.requests().length)
  return made.map(({ method, path }) =>
    `${method} ${path}`
      .replace(/^(\S+) \/repos\/[^/]+\/[^/]+/, '$1 ')
      .replaceAll(/[0-9a-f]{40}|\d+/g, 'N'),
  )
}

async function redJob(sha: Sha): Promise<void> {
  await driven.fake.runJob(sha, {
    name: 'build',
    outcome: 'failure',
    steps: [{ name: 'Compile', outcome: 'failure' }],
    log: 'error\n',
    annotations: [{ level: 'failure', path: 'file.txt', line: 10, message: 'error' }],
  })
}

describe('what a series costs on GitHub', () => {
  it('is ten requests from its first push to the label of its verdict, token and a red job included', async () => {
    const { fake, forge } = driven
    const sha = await fake.moveBranch(headRef)
    expect(await costOf(async () => forge.ensurePullRequest(spec, signal))).toEqual([
      'POST /app/installations/N/access_tokens',
      'POST /pulls',
      'POST /issues/N/labels',
    ])
    await redJob(sha)
    const checks = await forge.listChecks(sha, signal)
    expect((await costOf(async () => forge.listChecks(sha, signal))).toSorted()).toEqual([
      'GET /actions/runs',
      'GET /commits/N/check-runs',
      'GET /commits/N/status',
    ])
    const [red] = checks.checks
    expect(red?.state).toBe('failure')
    expect(await costOf(async () => (red ? forge.readLog(red, 10_000, signal) : null))).toEqual([
      'GET /actions/jobs/N',
      'GET /actions/jobs/N/logs',
      'GET /check-runs/N/annotations',
    ])
    const [seen] = await forge.findPullRequests(headRef, signal)
    expect(
      await costOf(async () =>
        seen
          ? forge.editPullRequest(seen, { labels: ['series/v1', 'series/failed'] }, signal)
          : null,
      ),
    ).toEqual(['POST /issues/N/labels'])
  })

  it.each<[string, number, readonly CheckAnnotation[], string]>([
    ['as the runner leaves it', 2, [], 'what\n##[error]Process completed with exit code 1.\n'],
    [
      'with an annotation that its log shows too',
      2,
      [{ level: 'failure', path: 'file.txt', line: 3, message: 'what is this' }],
      '##[error]what is this\nwhat\n##[error]Process completed with exit code 1.\n',
    ],
    [
      'with one that only the forge shows',
      3,
      [{ level: 'failure', path: null, line: null, message: 'The runner was shut down.' }],
      'what\n##[error]Process completed with exit code 1.\n',
    ],
    ['whose log says nothing of it', 3, [], 'what\n'],
  ])('of a red job %s is %i requests', async (_, cost, annotations, log) => {
    const { fake, forge } = driven
    const sha = await fake.moveBranch(headRef)
    const steps = [{ name: 'Compile', outcome: 'failure' }] as const
    await fake.runJob(sha, { name: 'build', outcome: 'failure', steps, log, annotations })
    const [red] = (await forge.listChecks(sha, signal)).checks
    const asked = await costOf(async () => red && forge.readLog(red, 10_000, signal))
    expect(asked).toHaveLength(cost)
  })

  it('is nothing for what has not changed', async () => {
    const { fake, forge } = driven
    const sha = await fake.moveBranch(headRef)
    await forge.ensurePullRequest(spec, signal)
    await redJob(sha)
    const ask = [
      async () => forge.listChecks(sha, signal),
      async () => forge.openPullRequests(signal),
      async () => forge.listComments(1, null, signal),
    ]
    for (const one of ask) {
      await one()
    }
    const { calls, unmodified } = forge.usage()
    for (const one of ask) {
      await one()
    }
    expect(forge.usage().calls - calls).toBe(5)
    expect(forge.usage().unmodified - unmodified).toBe(5)
  })

  it('is one look more where nobody knows whether there is a pull request', async () => {
    const { fake, forge } = driven
    await fake.moveBranch(headRef)
    await forge.gitAuthorization('heads', signal)
    const { number: _, ...unknown } = spec
    expect(await costOf(async () => forge.ensurePullRequest(unknown, signal))).toEqual([
      'GET /pulls',
      'POST /pulls',
      'POST /issues/N/labels',
    ])
    expect(await costOf(async () => forge.ensurePullRequest(unknown, signal))).toEqual([
      'GET /pulls',
    ])
  })

  it('is a look and a write for a comment', async () => {
    const { fake, forge } = driven
    await fake.moveBranch(headRef)
    const { value } = await forge.ensurePullRequest(spec, signal)
    async function say(text: string): Promise<void> {
      await forge.ensureComment(value.number, 'verdict', text, signal)
    }

    expect(await costOf(async () => say('red'))).toEqual([
      'GET /issues/N/comments',
      'POST /issues/N/comments',
    ])
    expect(await costOf(async () => say('green'))).toEqual([
      'GET /issues/N/comments',
      // Who we are, once.
      'GET /app',
      'PATCH /issues/comments/N',
    ])
    expect(await costOf(async () => say('green'))).toEqual(['GET /issues/N/comments'])
  })
})
