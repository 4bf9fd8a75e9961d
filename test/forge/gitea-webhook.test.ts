import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { giteaWebhookReader } from '../../src/forge/gitea/gitea-webhook.ts'
import { readGiteaEvent } from '../../src/forge/gitea/read-gitea-event.ts'

const secret = 'hook secret'
const sha = 'a'.repeat(40)
const repository = { full_name: 'people/project', private: false }

function signed(
  event: string,
  payload: unknown,
  family = 'Forgejo',
): readonly [Record<string, string>, Buffer] {
  const body = Buffer.from(JSON.stringify(payload, null, 2))
  const headers = {
    [`X-${family}-Event`]: event,
    [`X-${family}-Delivery`]: 'one-of-a-kind',
    [`X-${family}-Signature`]: createHmac('sha256', secret).update(body).digest('hex'),
  }
  return [headers, body]
}

describe('a webhook of Forgejo or Gitea', () => {
  const reader = giteaWebhookReader(secret)

  it.each(['Forgejo', 'Gitea'])('is read by the headers of %s', async (family) => {
    const [headers, body] = signed('push', { ref: 'refs/heads/main', repository }, family)

    expect(await reader.read(headers, body)).toEqual({
      deliveryId: 'one-of-a-kind',
      repository: 'people/project',
      hint: { kind: 'pushed', ref: 'refs/heads/main' },
    })
  })

  it('is read whatever the case of its headers is', async () => {
    const [headers, body] = signed('push', { ref: 'refs/heads/main', repository })
    const lower = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    )

    expect(await reader.read(lower, body)).toMatchObject({ deliveryId: 'one-of-a-kind' })
  })

  it.each([
    ['another signature', { 'X-Forgejo-Signature': 'f'.repeat(64) }],
    ['none', { 'X-Forgejo-Signature': undefined }],
    ['one of another length', { 'X-Forgejo-Signature': 'ab' }],
  ])('with %s is refused', async (_, changed) => {
    const [headers, body] = signed('push', { ref: 'refs/heads/main', repository })

    await expect(reader.read({ ...headers, ...changed }, body)).rejects.toMatchObject({
      code: 'FORGE_WEBHOOK_SIGNATURE',
      retry: 'never',
    })
  })

  it('whose body was changed by one byte is refused', async () => {
    const [headers, body] = signed('push', { ref: 'refs/heads/main', repository })
    const changed = Buffer.concat([body, Buffer.from('\n')])

    await expect(reader.read(headers, changed)).rejects.toMatchObject({
      code: 'FORGE_WEBHOOK_SIGNATURE',
    })
  })

  it('that is signed and no JSON is refused', async () => {
    const body = Buffer.from('payload=%7B%7D')
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = { 'X-Gitea-Event': 'push', 'X-Gitea-Signature': signature }

    await expect(reader.read(headers, body)).rejects.toMatchObject({ code: 'FORGE_WEBHOOK_BODY' })
  })

  it('needs a secret', () => {
    expect(() => giteaWebhookReader('')).toThrow(TypeError)
  })
})

describe('an event of Forgejo or Gitea', () => {
  const pull = { number: 7 }

  it.each([
    ['push', { ref: 'refs/heads/x' }, { kind: 'pushed', ref: 'refs/heads/x' }],
    ['create', { ref: 'x', ref_type: 'branch' }, { kind: 'pushed', ref: 'refs/heads/x' }],
    ['delete', { ref: 'v1', ref_type: 'tag' }, { kind: 'pushed', ref: 'refs/tags/v1' }],
    [
      'pull_request',
      { action: 'synchronized', number: 7, pull_request: pull },
      { kind: 'pull-request-changed', pullRequest: 7 },
    ],
    [
      'pull_request',
      { action: 'label_updated', pull_request: pull },
      { kind: 'pull-request-changed', pullRequest: 7 },
    ],
    [
      'pull_request_sync',
      { action: 'synchronized', number: 7 },
      { kind: 'pull-request-changed', pullRequest: 7 },
    ],
    [
      'issue_comment',
      { action: 'created', is_pull: true, issue: { number: 7 } },
      { kind: 'commented', pullRequest: 7 },
    ],
    [
      'issue_comment',
      { action: 'edited', issue: { number: 7, pull_request: {} } },
      { kind: 'commented', pullRequest: 7 },
    ],
    [
      'pull_request_approved',
      { number: 7, review: { type: 'pull_request_review_approved', content: '' } },
      { kind: 'reviewed', pullRequest: 7 },
    ],
    ['pull_request_rejected', { pull_request: pull }, { kind: 'reviewed', pullRequest: 7 }],
    [
      'pull_request_comment',
      { pull_request: pull, review: { content: 'x' } },
      { kind: 'reviewed', pullRequest: 7 },
    ],
    [
      'action_run_failure',
      { action: 'failure', run: { commit_sha: sha, repository }, repository: undefined },
      { kind: 'checks-changed', sha, isEnd: true },
    ],
    [
      'workflow_job',
      { action: 'in_progress', workflow_job: { head_sha: sha } },
      { kind: 'checks-changed', sha, isEnd: false },
    ],
    [
      'workflow_run',
      { action: 'completed', workflow_run: { head_sha: sha } },
      { kind: 'checks-changed', sha, isEnd: true },
    ],
    ['status', { sha, state: 'failure' }, { kind: 'checks-changed', sha, isEnd: true }],
    [
      'status',
      { commit: { id: sha }, state: 'pending' },
      { kind: 'checks-changed', sha, isEnd: false },
    ],
  ])('%s %o is a hint', (event, payload, hint) => {
    expect(readGiteaEvent(event, 'id', { repository, ...payload })).toEqual({
      deliveryId: 'id',
      repository: 'people/project',
      hint,
    })
  })

  it.each([
    ['release', {}],
    ['issue_comment', { is_pull: false, issue: { number: 3, pull_request: null } }],
    ['push', {}],
    ['pull_request', { number: 'seven' }],
    ['action_run_success', { run: null }],
    ['action_run_success', { run: { commit_sha: 'no sha' } }],
    ['workflow_job', {}],
    ['constructor', {}],
    ['', {}],
  ])('%s %o is none', (event, payload) => {
    expect(readGiteaEvent(event, 'id', { repository, ...payload })).toBeNull()
  })

  it.each([null, 7, 'text', [], {}])('is none of %o', (payload) => {
    expect(readGiteaEvent('pull_request', 'id', payload)).toBeNull()
  })
})
