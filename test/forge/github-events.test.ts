import { createHmac } from 'node:crypto'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { githubWebhookReader } from '../../src/forge/github/github-webhook-reader.ts'
import { readGithubEvent } from '../../src/forge/github/read-github-event.ts'

interface Example {
  readonly name: string
  readonly examples: readonly Readonly<Record<string, unknown>>[]
}

const require = createRequire(import.meta.url)
const webhooks = require('@octokit/webhooks-examples') as readonly Example[]
const examples = webhooks.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload, at) => ({ name, id: `${name}-${at}`, payload: onPullRequest(payload) })),
)

/** All published comments are on plain issues, so they are read as if on pull requests. */
function onPullRequest(payload: Readonly<Record<string, unknown>>): unknown {
  const issue = payload['comment'] === undefined ? undefined : payload['issue']
  return typeof issue === 'object'
    ? { ...payload, issue: { ...issue, pull_request: { url: 'https://x.example' } } }
    : payload
}

const sha = '0123456789abcdef0123456789abcdef01234567'
const repository = { full_name: 'mirror/project' }
const used = [
  'check_run',
  'check_suite',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'push',
  'status',
  'workflow_job',
  'workflow_run',
]

function hintOf(name: string, payload: object): unknown {
  return readGithubEvent({ name, id: 'd1', payload: { repository, ...payload } })?.hint ?? null
}

describe('reading an event of GitHub', () => {
  it('takes every published example without a fault, and a hint from those that matter', () => {
    const read = examples.map((one) => ({ name: one.name, event: readGithubEvent(one) }))
    const withHint = new Set(read.filter(({ event }) => event !== null).map(({ name }) => name))

    expect(examples.length).toBeGreaterThan(300)
    expect([...withHint].toSorted()).toEqual(used)
  })

  it.each(used)('finds what %s is about in nearly all of its examples', (name) => {
    const own = examples.filter((one) => one.name === name)
    const read = own.map(readGithubEvent).filter((event) => event !== null)

    expect(read.length).toBeGreaterThan(own.length / 2)
    for (const { repository: of, deliveryId } of read) {
      expect(of).toMatch(/^[^/]+\/[^/]+$/)
      expect(deliveryId).toContain(name)
    }
  })

  it.each([
    ['check_run', { action: 'created', check_run: { head_sha: sha } }, false],
    ['check_run', { action: 'completed', check_run: { head_sha: sha } }, true],
    ['check_suite', { action: 'requested', check_suite: { head_sha: sha } }, false],
    ['check_suite', { action: 'completed', check_suite: { head_sha: sha } }, true],
    ['workflow_run', { action: 'in_progress', workflow_run: { head_sha: sha } }, false],
    ['workflow_run', { action: 'completed', workflow_run: { head_sha: sha } }, true],
    ['workflow_job', { action: 'queued', workflow_job: { head_sha: sha } }, false],
    ['workflow_job', { action: 'completed', workflow_job: { head_sha: sha } }, true],
    ['status', { sha, state: 'pending' }, false],
    ['status', { sha, state: 'failure' }, true],
  ])('%s %j is about the checks of a commit', (name, payload, isEnd) => {
    expect(hintOf(name, payload)).toEqual({ kind: 'checks-changed', sha, isEnd })
  })

  it.each([
    [
      'pull_request',
      { action: 'synchronize', pull_request: { number: 7 } },
      'pull-request-changed',
    ],
    ['pull_request', { action: 'closed', pull_request: { number: 7 } }, 'pull-request-changed'],
    ['issue_comment', { action: 'created', issue: { number: 7, pull_request: {} } }, 'commented'],
    ['pull_request_review', { action: 'submitted', pull_request: { number: 7 } }, 'reviewed'],
    ['pull_request_review_comment', { action: 'created', pull_request: { number: 7 } }, 'reviewed'],
  ])('%s %j is about a pull request', (name, payload, kind) => {
    expect(hintOf(name, payload)).toEqual({ kind, pullRequest: 7 })
  })

  it('tells of a push by its ref', () => {
    expect(hintOf('push', { ref: 'refs/heads/main' })).toEqual({
      kind: 'pushed',
      ref: 'refs/heads/main',
    })
  })

  it.each([
    ['an event that is not used', 'star', { action: 'created' }],
    ['an event that every object has', 'constructor', { action: 'created' }],
    ['an issue', 'issue_comment', { action: 'created', issue: { number: 7 } }],
    [
      'an action that changes nothing',
      'pull_request',
      { action: 'locked', pull_request: { number: 7 } },
    ],
    ['no commit', 'check_run', { action: 'created', check_run: { head_sha: 'HEAD' } }],
    ['no repository', 'push', { ref: 'refs/heads/main', repository: null }],
  ])('gives nothing for %s', (_what, name, payload) => {
    expect(hintOf(name, payload)).toBeNull()
  })

  it('stands whatever a payload holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...used), fc.anything(), (name, payload) => {
        expect(readGithubEvent({ name, id: 'x', payload })).toBeNull()
      }),
    )
  })
})

describe('a webhook of GitHub', () => {
  const body = Buffer.from(JSON.stringify({ ref: 'refs/heads/main', repository }))
  const secret = 'agreed upon'

  function signed(
    bytes: Uint8Array,
    by = secret,
    more: Readonly<Record<string, string>> = {},
  ): Readonly<Record<string, string>> {
    const signature = createHmac('sha256', by).update(bytes).digest('hex')
    return {
      'X-GitHub-Event': 'push',
      'x-github-delivery': 'd1',
      'x-hub-signature-256': `sha256=${signature}`,
      ...more,
    }
  }

  it('is read when it is signed, whatever the case of its headers', async () => {
    expect(await githubWebhookReader(secret).read(signed(body), body)).toEqual({
      deliveryId: 'd1',
      repository: 'mirror/project',
      hint: { kind: 'pushed', ref: 'refs/heads/main' },
    })
  })

  it('is read from a form too', async () => {
    const form = Buffer.from(new URLSearchParams({ payload: body.toString() }).toString())
    const headers = signed(form, secret, { 'content-type': 'application/x-www-form-urlencoded' })

    expect((await githubWebhookReader(secret).read(headers, form))?.hint.kind).toBe('pushed')
  })

  it.each([
    ['by another secret', signed(body, 'guessed')],
    ['for another body', signed(Buffer.from('{}'))],
    ['not at all', { 'x-github-event': 'push', 'x-github-delivery': 'd1' }],
    ['by something that is no signature', { 'x-hub-signature-256': 'sha256=zz' }],
    ['by the older way', { ...signed(body), 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` }],
  ])('is refused when it is signed %s', async (_how, headers) => {
    await expect(githubWebhookReader(secret).read(headers, body)).rejects.toMatchObject({
      code: 'FORGE_WEBHOOK_SIGNATURE',
    })
  })

  it('is refused where no secret was agreed on', async () => {
    await expect(githubWebhookReader('').read(signed(body, ''), body)).rejects.toMatchObject({
      code: 'FORGE_WEBHOOK_SIGNATURE',
    })
  })

  it.each(['not json', '[]', 'null', '{"repository":7}'])(
    'is nothing when it holds %s',
    async (text) => {
      const bytes = Buffer.from(text)
      expect(await githubWebhookReader(secret).read(signed(bytes), bytes)).toBeNull()
    },
  )
})
