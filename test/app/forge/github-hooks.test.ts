import { createHmac, generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { githubHooks } from '../../../src/app/forge/github-hooks.ts'
import type { ForgeConfig } from '../../../src/config/config.ts'
import type { ForgeEvent } from '../../../src/core/pull-request/forge-event.ts'
import type { WebhookEndpoint } from '../../../src/web/ports.ts'

const secret = 'what deliveries are signed with'
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const account: ForgeConfig = {
  name: 'github',
  kind: 'github',
  url: 'https://github.com',
  apiUrl: 'http://127.0.0.1:1/api/v3',
  access: {
    kind: 'app',
    appId: 17,
    installationId: null,
    privateKey: { reveal: () => privateKey },
  },
  webhookSecret: { reveal: () => secret },
  smeeUrl: null,
  pollMs: 600_000,
}
const push = {
  ref: 'refs/heads/main',
  repository: { full_name: 'example/hello' },
  sender: { login: 'jane', type: 'User' },
}
const signal = new AbortController().signal

function signed(
  payload: unknown,
  event: string,
  by = secret,
): readonly [Record<string, string>, Uint8Array] {
  const body = Buffer.from(JSON.stringify(payload))
  const signature = createHmac('sha256', by).update(body).digest('hex')
  return [
    {
      'x-github-event': event,
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  ]
}

describe('the webhook of a GitHub account', () => {
  let endpoint: WebhookEndpoint
  const taken: ForgeEvent[] = []
  let fault: Error | null = null
  let answer: 'taken' | 'known' = 'taken'

  beforeAll(async () => {
    endpoint = await githubHooks(account, secret, async (event) => {
      if (fault !== null) {
        throw fault
      }
      taken.push(event)
      return answer
    })
  })

  it('takes what is signed with the secret, before it answers', async () => {
    expect(await endpoint.receive(...signed(push, 'push'), signal)).toBe('taken')
    expect(taken).toEqual([
      {
        deliveryId: 'd-1',
        repository: 'example/hello',
        hint: { kind: 'pushed', ref: 'refs/heads/main' },
      },
    ])
  })

  it('says so of what came before, and refuses what is no JSON', async () => {
    answer = 'known'
    onTestFinished(() => {
      answer = 'taken'
      taken.length = 0
    })
    expect(await endpoint.receive(...signed(push, 'push'), signal)).toBe('known')
    const body = Buffer.from('payload=x')
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const headers = { ...signed(push, 'push')[0], 'x-hub-signature-256': `sha256=${signature}` }
    await expect(endpoint.receive(headers, body, signal)).rejects.toMatchObject({
      code: 'FORGE_WEBHOOK_BODY',
    })
  })

  it('has no use for most events', async () => {
    expect(await endpoint.receive(...signed({ zen: 'x' }, 'ping'), signal)).toBe('ignored')
  })

  it.each([
    ['by another secret', signed(push, 'push', 'guessed')],
    ['over another body', [signed(push, 'push')[0], Buffer.from('{}')]],
    ['not at all', [{ 'x-github-event': 'push', 'x-github-delivery': 'd' }, Buffer.from('{}')]],
    [
      'with nonsense',
      [{ ...signed(push, 'push')[0], 'x-hub-signature-256': 'x' }, Buffer.from('')],
    ],
  ] as const)('refuses what is signed %s', async (_how, [headers, body]) => {
    const refused = endpoint.receive(headers, body, signal)
    await expect(refused).rejects.toMatchObject({ code: 'FORGE_WEBHOOK_SIGNATURE' })
  })

  it('answers with a fault where the delivery could not be stored, so that it counts as failed', async () => {
    fault = new Error('disk full')
    onTestFinished(() => {
      fault = null
    })
    await expect(endpoint.receive(...signed(push, 'push'), signal)).rejects.toThrow('disk full')
  })
})
