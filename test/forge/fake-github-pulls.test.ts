import { describe, expect, it, onTestFinished } from 'vitest'
import type { RefName, Sha } from '../../src/core/ids.ts'
import { ask } from '../support/fake-github/ask.ts'
import {
  type FakeGithub,
  type FakeGithubOptions,
  openFakeGithub,
} from '../support/fake-github/open-fake-github.ts'

const ref = 'refs/heads/series/topic' as RefName
const repository = '/repos/acme/project'
const pulls = `${repository}/pulls`

async function open(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const fake = await openFakeGithub(options)
  onTestFinished(() => fake.close())
  return fake
}

async function withPull(
  options: FakeGithubOptions = {},
): Promise<{ readonly fake: FakeGithub; readonly sha: Sha }> {
  const fake = await open(options)
  const sha = await fake.moveBranch(ref)
  const { status } = await createPull(fake)
  expect(status).toBe(201)
  return { fake, sha }
}

async function createPull(
  fake: FakeGithub,
  changes = {},
): Promise<Awaited<ReturnType<typeof ask>>> {
  const head = `${fake.heads.owner}:series/topic`
  return ask(fake, 'POST', pulls, { title: 'Topic', body: 'text', head, base: 'main', ...changes })
}

function events(fake: FakeGithub): readonly string[] {
  return fake.hooks.deliveries.map(({ event, action }) =>
    action === null ? event : `${event}.${action}`,
  )
}

describe('pull requests of the fake GitHub', () => {
  it.each(['same-repo', 'fork'] as const)(
    'are opened once for each head (%s)',
    async (placement) => {
      const { fake, sha } = await withPull({ placement })
      expect(await createPull(fake)).toMatchObject({
        status: 422,
        body: {
          errors: [
            { message: `A pull request already exists for ${fake.heads.owner}:series/topic.` },
          ],
        },
      })
      expect(await ask(fake, 'GET', `${pulls}/1`)).toMatchObject({
        body: {
          number: 1,
          merged: false,
          mergeable: true,
          commits: 1,
          changed_files: 1,
          head: { sha, repo: { fork: placement === 'fork' } },
        },
      })
      expect(events(fake)).toEqual(['push', 'create', 'pull_request.opened'])
    },
  )

  it.each([
    ['head', { head: 'acme:absent' }, { field: 'head', code: 'invalid' }],
    ['base', { base: 'absent' }, { field: 'base', code: 'invalid' }],
    ['commits', { head: 'main' }, { message: 'No commits between main and main' }],
    ['title', { title: '  ' }, { field: 'title', code: 'missing_field' }],
    ['short body', { body: 'x'.repeat(65_537) }, { field: 'body', code: 'custom' }],
  ])('are refused without a good %s', async (_, changes, error) => {
    const fake = await open()
    await fake.moveBranch(ref)
    expect(await createPull(fake, changes)).toMatchObject({
      status: 422,
      body: { errors: [error] },
    })
  })

  it('follow their head, and are closed with it', async () => {
    const { fake, sha } = await withPull()
    const moved = await fake.moveBranch(ref)
    expect(fake.hooks.deliveries.at(-1)).toMatchObject({
      action: 'synchronize',
      payload: { before: sha, after: moved, pull_request: { head: { sha: moved } } },
    })
    await ask(fake, 'DELETE', `${repository}/git/refs/heads/series/topic`)
    expect(await ask(fake, 'GET', `${pulls}/1`)).toMatchObject({ body: { state: 'closed' } })
  })

  it('are merged when their head comes to the base', async () => {
    const { fake } = await withPull()
    await fake.mergeAsPerson(1)
    expect(await ask(fake, 'GET', `${pulls}/1`)).toMatchObject({
      body: { state: 'closed', merged: true },
    })
  })

  it('are not reopened once their branch was rewritten', async () => {
    const { fake } = await withPull()
    await ask(fake, 'PATCH', `${pulls}/1`, { state: 'closed' })
    expect((await ask(fake, 'PATCH', `${pulls}/1`, { state: 'open' })).status).toBe(200)
    await ask(fake, 'PATCH', `${pulls}/1`, { state: 'closed' })
    await fake.moveBranch(ref)

    expect(await ask(fake, 'PATCH', `${pulls}/1`, { state: 'open' })).toMatchObject({
      status: 422,
      body: { errors: [{ message: expect.stringContaining('force-pushed or recreated') }] },
    })
  })

  it('are listed by head with an owner, and by pages', async () => {
    const fake = await open()
    for (const name of ['a', 'b', 'c']) {
      await fake.moveBranch(`refs/heads/series/${name}` as RefName)
      await createPull(fake, { head: `series/${name}` })
    }
    async function numbers(query: string): Promise<unknown> {
      const { body } = await ask(fake, 'GET', `${pulls}?${query}`)
      return (body as readonly { readonly number: number }[]).map(({ number }) => number)
    }
    expect(await numbers('head=acme:series/b')).toEqual([2])
    expect(await numbers('head=series/b')).toEqual([3, 2, 1])
    expect(await numbers('direction=asc&per_page=2&page=2')).toEqual([3])
    const { headers } = await ask(fake, 'GET', `${pulls}?per_page=2`)
    expect(headers.get('link')).toMatch(/page=2>; rel="next"/)
  })

  it('learn of a push a moment later, where GitHub takes its time', async () => {
    const { fake, sha } = await withPull()
    fake.holdPushes()
    const moved = await fake.moveBranch(ref)
    expect(fake.git.refs('acme/project').get(ref)).toBe(moved)
    expect(await ask(fake, 'GET', `${pulls}/1`)).toMatchObject({ body: { head: { sha } } })
    await fake.releasePushes()
    expect(await ask(fake, 'GET', `${pulls}/1`)).toMatchObject({ body: { head: { sha: moved } } })
  })

  it('show their commits and files', async () => {
    const { fake, sha } = await withPull({ placement: 'fork' })
    expect(await ask(fake, 'GET', `${pulls}/1/commits`)).toMatchObject({
      body: [{ sha, commit: { message: 'moved' } }],
    })
    expect(await ask(fake, 'GET', `${pulls}/1/files`)).toMatchObject({
      body: [{ filename: 'file.txt', status: 'modified', additions: 1, deletions: 1 }],
    })
  })

  it('take labels that nobody made before, and forget those that are not set', async () => {
    const { fake } = await withPull()
    const labels = `${repository}/issues/1/labels`
    await ask(fake, 'POST', labels, { labels: ['series/v1', 'mine'] })
    const { body } = await ask(fake, 'PUT', labels, { labels: ['series/v2', 'mine'] })

    expect(body).toMatchObject([{ name: 'mine' }, { name: 'series/v2' }])
    expect(events(fake).slice(-2)).toEqual(['pull_request.labeled', 'pull_request.unlabeled'])
  })

  it('refuse a comment that is too long', async () => {
    const { fake } = await withPull()
    const comments = `${repository}/issues/1/comments`
    expect(await ask(fake, 'POST', comments, { body: 'x'.repeat(65_536) })).toMatchObject({
      status: 201,
      body: { user: { login: 'patchferry-bot' } },
    })
    expect(await ask(fake, 'POST', comments, { body: 'x'.repeat(65_537) })).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'Body is too long (maximum is 65536 characters)' }] },
    })
  })

  it('become drafts by GraphQL alone', async () => {
    const { fake } = await withPull()
    const { body } = await ask(fake, 'GET', `${pulls}/1`)
    const { node_id: id } = body as { readonly node_id: string }
    async function graphql(query: string): Promise<unknown> {
      const response = await fetch(`${fake.url}/api/graphql`, {
        method: 'POST',
        headers: { Authorization: `bearer ${fake.token}` },
        body: JSON.stringify({ query, variables: { id } }),
      })
      return response.json()
    }
    const mutation = `mutation ($id: ID!) {
      convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { isDraft } }
    }`
    expect(await graphql(mutation)).toEqual({
      data: { convertPullRequestToDraft: { pullRequest: { isDraft: true } } },
    })
    expect(fake.takeProblems()).toEqual([])
    expect(await graphql(mutation.replace('isDraft', 'draft'))).toMatchObject({
      errors: [{ message: "Field 'draft' doesn't exist on type 'PullRequest'" }],
    })
    expect(fake.takeProblems()).toHaveLength(1)
  })
})

const place = { path: 'file.txt', body: 'why', side: 'RIGHT' }

describe('reviews of the fake GitHub', () => {
  it.each([
    ['off the diff', { ...place, line: 20 }, /^Line could not be resolved$/],
    ['in another file', { ...place, path: 'no.txt', line: 1 }, /path is invalid/],
    ['that ends before it starts', { ...place, line: 10, start_line: 10 }, /precede/],
    ['that starts elsewhere', { ...place, line: 10, start_line: 1 }, /same hunk/],
  ])('write nothing when a remark is %s', async (_, comment, message) => {
    const { fake } = await withPull()
    const comments = [{ ...place, line: 10 }, comment]
    const refused = await ask(fake, 'POST', `${pulls}/1/reviews`, { event: 'COMMENT', comments })

    expect(refused).toMatchObject({
      status: 422,
      body: { errors: [expect.stringMatching(message)] },
    })
    expect(await ask(fake, 'GET', `${pulls}/1/reviews`)).toMatchObject({ body: [] })
    expect(await ask(fake, 'GET', `${pulls}/1/comments`)).toMatchObject({ body: [] })
  })

  it('have remarks that are outdated once their line is gone, and answers', async () => {
    const { fake, sha } = await withPull()
    const comments = [
      { ...place, line: 10 },
      { ...place, line: 9 },
    ]
    await ask(fake, 'POST', `${pulls}/1/reviews`, { event: 'COMMENT', commit_id: sha, comments })
    const listed = await ask(fake, 'GET', `${pulls}/1/comments`)
    const [first] = listed.body as readonly { readonly id: number; readonly path: string }[]
    const answer = { path: 'file.txt', commit_id: sha, body: 'so', in_reply_to: first?.id }
    expect((await ask(fake, 'POST', `${pulls}/1/comments`, answer)).status).toBe(201)
    const head = await fake.moveBranch(ref)

    expect(await ask(fake, 'GET', `${pulls}/1/comments`)).toMatchObject({
      body: [
        { line: null, original_line: 10, commit_id: sha, original_commit_id: sha },
        { line: 9, original_line: 9, commit_id: head, original_commit_id: sha },
        { in_reply_to_id: first?.id, line: null },
      ],
    })
    expect(await ask(fake, 'GET', `${pulls}/1/reviews`)).toMatchObject({
      body: [
        { state: 'COMMENTED', commit_id: sha },
        { state: 'COMMENTED', body: '' },
      ],
    })
  })

  it('are no votes on what one wrote oneself', async () => {
    const { fake } = await withPull()
    expect(await ask(fake, 'POST', `${pulls}/1/reviews`, { event: 'APPROVE' })).toMatchObject({
      status: 422,
    })
  })
})
