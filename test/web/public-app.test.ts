import { describe, expect, it } from 'vitest'
import { BotError } from '../../src/core/bot-error.ts'
import type { Condition } from '../../src/core/watch/condition.ts'
import { readPayload } from '../../src/forge/read-payload.ts'
import { createMetrics } from '../../src/web/metrics.ts'
import type { MailIntake, WebhookEndpoint } from '../../src/web/ports.ts'
import { createPublicApp, type PublicAppOptions } from '../../src/web/public/public-app.ts'
import { id, noon } from '../store/samples.ts'
import { memoryLogger } from '../support/memory-log.ts'
import { makeDashboard } from './dashboard.ts'

const token = 'post-me-0123456789'
const mail = 'From: ada@example.org\nMessage-ID: <a@example.org>\n\nHello\n'

interface Posted {
  readonly raw: string
  readonly source: string
  readonly location: string
}

function recorder(result: Awaited<ReturnType<MailIntake['take']>> | BotError): {
  readonly intake: MailIntake
  readonly posted: readonly Posted[]
} {
  const posted: Posted[] = []
  return {
    posted,
    intake: {
      async take(raw, from) {
        if (result instanceof BotError) {
          throw result
        }
        posted.push({ raw: new TextDecoder().decode(raw), ...from })
        return result
      },
    },
  }
}

async function makeApp(
  other: Partial<PublicAppOptions> = {},
): Promise<ReturnType<typeof createPublicApp>> {
  const { options } = await makeDashboard()
  return createPublicApp(
    {
      health: options.health,
      metrics: options.metrics,
      intake: recorder({ outcome: 'stored', messageId: id('a') }).intake,
      tokens: [{ name: 'gateway', secret: token }],
      maxMessageBytes: 1000,
      webhooks: new Map(),
      log: memoryLogger(),
      ...other,
    },
    new AbortController().signal,
  )
}

function post(body: string, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822', ...headers },
  }
}

const messages = '/api/v1/messages'

describe('posting a mail', () => {
  it('takes the bytes as they are, and says so when they are durable', async () => {
    const { intake, posted } = recorder({ outcome: 'stored', messageId: id('a') })
    const app = await makeApp({ intake })
    const response = await app.request(messages, post(mail))
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ outcome: 'stored', messageId: 'a@example.org' })
    expect(posted).toEqual([{ raw: mail, source: 'http', location: 'http (gateway)' }])
  })

  it.each([
    ['known', id('a'), 200],
    ['quarantined', null, 201],
  ] as const)('answers a mail that is %s', async (outcome, messageId, status) => {
    const app = await makeApp({ intake: recorder({ outcome, messageId }).intake })
    const response = await app.request(messages, post(mail))
    expect([response.status, await response.json()]).toEqual([status, { outcome, messageId }])
  })

  it.each([
    ['no token', { authorization: '' }, mail, 401, 'WEB_TOKEN'],
    ['another token', { authorization: 'Bearer post-me-012345678' }, mail, 401, 'WEB_TOKEN'],
    ['another scheme', { authorization: `Basic ${token}` }, mail, 401, 'WEB_TOKEN'],
    ['another type', { 'content-type': 'text/plain' }, mail, 415, 'WEB_BODY_TYPE'],
    ['a packed body', { 'content-encoding': 'gzip' }, mail, 415, 'WEB_BODY_TYPE'],
    ['no body', {}, '', 400, 'WEB_BODY_EMPTY'],
    ['a large body', {}, 'x'.repeat(1001), 413, 'WEB_BODY_TOO_LARGE'],
    ['a body said to be large', { 'content-length': '1001' }, 'x', 413, 'WEB_BODY_TOO_LARGE'],
  ])('refuses %s with code, message and remedy', async (_what, headers, body, status, code) => {
    const { intake, posted } = recorder({ outcome: 'stored', messageId: null })
    const app = await makeApp({ intake })
    const response = await app.request(messages, post(body, headers))
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({
      code,
      message: expect.stringMatching(/\.$/),
      remedy: expect.stringMatching(/\.$/),
    })
    expect(posted).toEqual([])
  })

  it('takes a body of just the limit', async () => {
    const app = await makeApp()
    expect((await app.request(messages, post('x'.repeat(1000)))).status).toBe(201)
  })

  it('asks to be asked again where the disk is full, and tells nobody where', async () => {
    const full = new BotError('MAIL_ARCHIVE_FULL', 'no space left in /srv/archive', {
      retry: 'later',
    })
    const app = await makeApp({ intake: recorder(full).intake })
    const response = await app.request(messages, post(mail))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('60')
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'MAIL_ARCHIVE_FULL' })
    expect(text).not.toContain('/srv')
  })

  it('calls a fault of ours one, without its text', async () => {
    const broken: MailIntake = {
      take: () => Promise.reject(new TypeError('x is not a function in /srv/app')),
    }
    const response = await (await makeApp({ intake: broken })).request(messages, post(mail))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('/srv')
  })

  it('takes no mail where no token is configured, an empty one included', async () => {
    const app = await makeApp({ tokens: [{ name: 'nobody', secret: '' }] })
    const response = await app.request(messages, post(mail, { authorization: 'Bearer ' }))
    expect(response.status).toBe(401)
  })

  it('names the method it wants', async () => {
    const response = await (await makeApp()).request(messages)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('health', () => {
  const good: Condition = {
    id: 'free-disk',
    subject: null,
    state: 'good',
    since: noon,
    message: 'Enough.',
    value: 2,
    limit: 1,
    remedy: null,
  }
  const bad: Condition = { ...good, id: 'source-silence', subject: 'devel', state: 'bad' }

  it('is 200 while everything is good', async () => {
    const app = await makeApp({
      health: async () => ({ state: 'good', conditions: [good], at: noon }),
    })
    const response = await app.request('/health')
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      status: 'good',
      at: '2024-05-01T12:00:00.000Z',
      problems: [],
    })
  })

  it('is 503 while anything is bad, with the reasons', async () => {
    const app = await makeApp({
      health: async () => ({ state: 'bad', conditions: [good, bad], at: noon }),
    })
    const response = await app.request('/health')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({
      status: 'bad',
      at: '2024-05-01T12:00:00.000Z',
      problems: [
        {
          condition: 'source-silence',
          subject: 'devel',
          since: '2024-05-01T12:00:00.000Z',
          message: 'Enough.',
          value: 2,
          unit: 'seconds',
          limit: 1,
          remedy: null,
        },
      ],
    })
  })

  it('tells whether the process lives without looking at anything', async () => {
    const app = await makeApp({
      health: () => Promise.reject(new Error('this is not to be asked')),
    })
    const response = await app.request('/health/live')
    expect([response.status, await response.json()]).toEqual([200, { status: 'live' }])
  })
})

describe('a webhook', () => {
  it('is received with its headers before it is answered', async () => {
    const seen: unknown[] = []
    const forge: WebhookEndpoint = {
      async receive(headers, body) {
        seen.push(headers['x-signature'], new TextDecoder().decode(body))
        return 'taken'
      },
    }
    const app = await makeApp({ webhooks: new Map([['forge', forge]]) })
    const init = { method: 'POST', body: '{}', headers: { 'X-Signature': 'abc' } }
    const response = await app.request('/webhooks/forge', init)
    expect([response.status, await response.json()]).toEqual([202, { outcome: 'taken' }])
    expect(seen).toEqual(['abc', '{}'])
  })

  function forged(): Promise<'ignored'> {
    const error = new BotError('FORGE_WEBHOOK_SIGNATURE', 'wrong signature', { retry: 'never' })
    return Promise.reject(error)
  }

  it.each([
    ['of no use', async () => 'ignored' as const, 200],
    ['known', async () => 'known' as const, 200],
    ['forged', forged, 403],
    ['no JSON', async () => readPayload(new TextEncoder().encode('payload=x')) as never, 400],
    ['not stored', () => Promise.reject(new Error('disk full')), 500],
  ])('that is %s is answered so', async (_what, receive, status) => {
    const app = await makeApp({ webhooks: new Map([['forge', { receive }]]) })
    expect((await app.request('/webhooks/forge', { method: 'POST', body: '{}' })).status).toBe(
      status,
    )
  })

  it.each(['none', 'constructor', '__proto__'])(
    'of no configured name is not found: %s',
    async (name) => {
      const app = await makeApp()
      const response = await app.request(`/webhooks/${name}`, { method: 'POST', body: '{}' })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ code: 'WEB_WEBHOOK' })
    },
  )
})

describe('the public listener', () => {
  it.each(['/', '/metrics', '/login', '/topics/0123456789ab', '/outbox'])(
    'shows nothing of the dashboard at %s',
    async (path) => {
      const response = await (await makeApp()).request(path)
      expect([response.status, response.headers.get('content-type')]).toEqual([
        404,
        'application/json',
      ])
    },
  )

  it('counts requests by pattern, so that a scanner makes no labels', async () => {
    const { options } = await makeDashboard()
    const metrics = createMetrics(options.store, options.health)
    const app = await makeApp({ metrics })
    await app.request('/webhooks/some-name', { method: 'POST' })
    await app.request('/wp-login.php')
    const text = await metrics.text()
    expect(text).toContain('listener="public",method="POST",route="/webhooks/:name",status="404"')
    expect(text).not.toContain('some-name')
    expect(text).not.toContain('wp-login')
  })
})
