import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
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
