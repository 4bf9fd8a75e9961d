import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toSha } from '../../src/core/ids.ts'
import { openGiteaForge } from '../../src/forge/gitea/gitea-forge.ts'
import { headRef, openPullRequest, signal, spec } from '../contract/forge/forge-values.ts'
import { addRun } from '../support/fake-gitea/actions.ts'
import { type GiteaUnderTest, openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'
import type { FakePull, FakeRepository } from '../support/fake-gitea/records.ts'
import { addReview } from '../support/fake-gitea/review-routes.ts'
import { memoryLog, memoryLogger } from '../support/memory-log.ts'

const repository = { owner: 'people', name: 'project' }
const usual = {
  repository,
  heads: null,
  token: async () => 'secret-token',
  clock: () => new Date(),
}

describe('the driver for Forgejo and Gitea', () => {
  let tested: GiteaUnderTest
  beforeEach(async () => {
    tested = await openGiteaUnderTest('Gitea 1.26', 'same-repo')
  })
  afterEach(async () => {
    tested.fake.intercept = null
    tested.fake.takeProblems()
    await tested.close()
  })

  function there(): { readonly repository: FakeRepository; readonly pull: FakePull } {
    const found = tested.fake.world.repositories.get('people/project')
    const pull = found?.pulls.get(1)
    if (found === undefined || pull === undefined) {
      throw new Error('nothing is there')
    }
    return { repository: found, pull }
  }

  it.each([
    [400, 'FORGE_BAD_REQUEST', 'never'],
    [401, 'FORGE_FORBIDDEN', 'after-human'],
    [403, 'FORGE_FORBIDDEN', 'after-human'],
    [404, 'FORGE_NOT_FOUND', 'after-human'],
    [413, 'FORGE_FORBIDDEN', 'after-human'],
    [422, 'FORGE_BAD_REQUEST', 'never'],
    [423, 'FORGE_FORBIDDEN', 'after-human'],
    [429, 'FORGE_RATE_LIMITED', 'later'],
    [500, 'FORGE_UNREACHABLE', 'later'],
    [503, 'FORGE_UNREACHABLE', 'later'],
  ])('answers %d by %s', async (status, code, retry) => {
    tested.fake.intercept = () => ({ status, body: { message: 'because' } })

    await expect(tested.forge.openPullRequests(signal)).rejects.toMatchObject({
      code,
      retry,
      message: `GET /api/v1/repos/people/project/pulls was answered with ${status}: because`,
    })
  })

  it('says until when it may ask nothing more', async () => {
    tested.fake.intercept = () => ({ status: 429, headers: { 'retry-after': '120' } })
    const before = Date.now()
    const error = await tested.forge.openPullRequests(signal).catch((caught: unknown) => caught)

    const { resetAt } = (error as { details: { resetAt: Date } }).details
    expect(resetAt.getTime() - before).toBeGreaterThanOrEqual(120_000)
    expect(resetAt.getTime() - before).toBeLessThan(130_000)
  })

  it.each([
    ['a page of a proxy', '<html>Bad gateway</html>'],
    ['another shape', '[{"number":"one"}]'],
  ])('waits for better times when it is given %s', async (_, bytes) => {
    tested.fake.intercept = () => ({ status: 200, raw: { type: 'text/html', bytes } })

    await expect(tested.forge.openPullRequests(signal)).rejects.toMatchObject({
      code: 'FORGE_UNREACHABLE',
      retry: 'later',
    })
  })

  it('stops with the reason of the signal while it waits for an answer', async () => {
    const controller = new AbortController()
    const hanging = openGiteaForge(
      {
        ...usual,
        url: 'http://forge.example',
        log: memoryLogger(),
        fetch: (_, init) =>
          new Promise((_resolve, reject) => {
            init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
            controller.abort(new Error('enough'))
          }),
      },
      controller.signal,
    )

    await expect(hanging).rejects.toThrow('enough')
  })

  it('tells no secret, neither the log nor whoever reads its faults', async () => {
    const log = memoryLog()
    const { fake } = tested
    const refused = openGiteaForge({ ...usual, url: fake.url, log: log.logger }, signal)
    const forge = await refused
    const error = await forge.permissionOf('alice', signal).catch((caught: unknown) => caught)

    expect(error).toMatchObject({ code: 'FORGE_FORBIDDEN' })
    expect(log.text()).toContain('/api/v1/repos/people/project/collaborators/alice/permission')
    expect(`${log.text()}${JSON.stringify(error)}${String(error)}`).not.toContain('secret-token')
  })

  it('cannot be opened where nobody answers', async () => {
    await expect(
      openGiteaForge({ ...usual, url: 'http://127.0.0.1:9', log: memoryLogger() }, signal),
    ).rejects.toMatchObject({ code: 'FORGE_UNREACHABLE', retry: 'later' })
  })

  it('asks the server that it was told of, whatever a page says of its own address', async () => {
    const asked: string[] = []
    const forge = await openGiteaForge(
      {
        ...usual,
        url: 'http://forge.example/sub/',
        log: memoryLogger(),
        fetch: async (input) => {
          const url = new URL(input instanceof Request ? input.url : input)
          asked.push(url.href)
          const isFirst = url.pathname.endsWith('/pulls') && url.searchParams.get('page') === null
          const link = '<http://elsewhere.example/api/v1/x?limit=50&page=2>; rel="next"'
          return url.pathname.endsWith('/version')
            ? Response.json({ version: '16.0.0+gitea-1.22.0' })
            : Response.json([], { headers: isFirst ? { link } : {} })
        },
      },
      signal,
    )
    await forge.openPullRequests(signal)

    expect(asked).toEqual([
      'http://forge.example/sub/api/v1/version',
      'http://forge.example/sub/api/v1/repos/people/project/pulls?state=open&sort=oldest&limit=50',
      'http://forge.example/sub/api/v1/repos/people/project/pulls?limit=50&page=2',
    ])
  })

  it('asks once for a pull request of which it is told that there is none', async () => {
    await tested.moveBranch(headRef)
    const { calls } = tested.forge.usage()
    await tested.forge.ensurePullRequest({ ...spec, labels: [], number: null }, signal)

    // The pull request, and once for all whose token it is.
    expect(tested.forge.usage().calls - calls).toBe(2)
  })

  it('shows git who it is', async () => {
    const authorization = await tested.forge.gitAuthorization('heads', signal)
    const url = `${tested.fake.url}/people/project.git/info/refs?service=git-receive-pack`
    const answers = [{}, { authorization: authorization ?? '' }].map((headers) =>
      fetch(url, { headers }),
    )

    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([401, 200])
  })

  it('makes a label with colour and description, and again when a person deleted it', async () => {
    await openPullRequest(tested)
    const { labels } = there().repository
    expect(labels).toMatchObject([
      { name: 'series/v1', color: '#1d76db', description: 'Set by Patchferry' },
    ])
    there().pull.labels.clear()
    labels.splice(0)

    const again = await tested.forge.ensurePullRequest(spec, signal)
    expect(again).toMatchObject({ change: 'updated', value: { labels: ['series/v1'] } })
  })

  it('finds a label among more than the server gives at once', async () => {
    const found = tested.fake.world.repositories.get('people/project')
    for (let count = 0; count < 100; count += 1) {
      found?.labels.push({ id: 1000 + count, name: `l${count}`, color: '#000000', description: '' })
    }
    found?.labels.push({ id: 2000, name: 'series/v1', color: '#000000', description: '' })
    await openPullRequest(tested)

    expect(found?.labels).toHaveLength(101)
    expect([...there().pull.labels]).toEqual([2000])
  })

  it('lists more reviews than the server gives at once', async () => {
    const { number } = await openPullRequest(tested)
    for (let count = 0; count < 100; count += 1) {
      await addReview(tested.fake.world, there().repository, there().pull, 'alice', {
        event: 'COMMENT',
        body: `remark ${count}`,
      })
    }

    expect(await tested.forge.listReviews(number, signal)).toHaveLength(100)
  })

  it('cuts a title as the server would, and is content with it', async () => {
    await tested.moveBranch(headRef)
    const long = { ...spec, title: `Über ${'alles '.repeat(60)}` }
    await tested.forge.ensurePullRequest(long, signal)

    expect((await tested.forge.ensurePullRequest(long, signal)).change).toBe('unchanged')
  })

  it('submits no remark that was left of a review that failed half-way', async () => {
    const { number, sha } = await openPullRequest(tested)
    const place = { path: 'file.txt', new_position: 10 }
    await addReview(tested.fake.world, there().repository, there().pull, 'patchferry', {
      comments: [{ ...place, old_position: 0, extra_lines_count: 0, body: 'left over' }],
    })
    const comments = [
      { path: 'file.txt', line: 10, startLine: null, side: 'new', body: 'meant' },
    ] as const
    await tested.forge.ensureReview(number, 'mail', { commit: sha, body: 'x', comments }, signal)

    const reviews = await tested.forge.listReviews(number, signal)
    expect(reviews.map((review) => review.comments.map(({ body }) => body))).toEqual([['meant']])
  })

  it('puts no remark on a diff that is no longer that of the pull request', async () => {
    const { number, sha } = await openPullRequest(tested)
    await tested.moveBranch(headRef)
    const comments = [
      { path: 'file.txt', line: 10, startLine: null, side: 'new', body: 'too late' },
    ] as const
    const draft = { commit: sha, body: 'x', comments }

    expect(await tested.forge.ensureReview(number, 'mail', draft, signal)).toEqual({
      change: 'bad-anchor',
    })
  })

  it('has a red run run again, and counts its attempts', async () => {
    const { sha } = await openPullRequest(tested)
    expect((await tested.forge.rerunChecks(sha, signal)).started).toEqual([])
    addRun(tested.fake.world, there().repository, sha, {
      name: 'build',
      status: 'failure',
      steps: [{ name: 'Compile', outcome: 'failure' }],
      log: 'it broke\n',
      needsApproval: false,
    })

    expect((await tested.forge.rerunChecks(sha, signal)).started).toHaveLength(1)
    expect(await tested.forge.rerunChecks(sha, signal)).toEqual({ started: [], left: [] })
    expect(await tested.forge.listChecks(sha, signal)).toMatchObject({
      checks: [{ state: 'pending', attempt: 2, origin: 'actions-job' }],
    })
  })

  it('knows when a job of the server began and ended', async () => {
    const { sha } = await openPullRequest(tested)
    addRun(tested.fake.world, there().repository, sha, {
      name: 'build',
      status: 'failure',
      steps: [],
      log: '',
      needsApproval: false,
    })
    const { checks } = await tested.forge.listChecks(sha, signal)
    const [began, ended] = [checks[0]?.startedAt, checks[0]?.finishedAt].map(Number)

    expect((ended ?? 0) - (began ?? 0)).toBe(63_000)
  })

  it('does not take a repository that is gone for a commit without checks', async () => {
    const forge = await openGiteaForge(
      {
        ...usual,
        url: tested.fake.url,
        token: async () => tested.token,
        repository: { owner: 'people', name: 'gone' },
        log: memoryLogger(),
      },
      signal,
    )

    await expect(forge.listChecks(toSha('a'.repeat(40)), signal)).rejects.toMatchObject({
      code: 'FORGE_NOT_FOUND',
    })
  })
})

describe('the driver on a version that runs nothing again', () => {
  it('says so', async () => {
    const tested = await openGiteaUnderTest('Forgejo 16', 'same-repo')
    await expect(tested.forge.rerunChecks(toSha('a'.repeat(40)), signal)).rejects.toMatchObject({
      code: 'FORGE_UNSUPPORTED',
      retry: 'never',
    })
    await tested.close()
  })
})
