import { type Context, Hono } from 'hono'
import type { Logger } from '../../log/logger.ts'
import { answerError, answerFault } from '../answer-error.ts'
import type { LookAtHealth } from '../health.ts'
import type { NodeEnv } from '../listen.ts'
import { measureRequests } from '../measure-requests.ts'
import type { Metrics } from '../metrics.ts'
import type { MailIntake, NamedToken, WebhookEndpoint } from '../ports.ts'
import { createTokenBook } from '../token-book.ts'
import { answerHealth, answerLive, refuse } from './answer-json.ts'
import { postMessage } from './post-message.ts'
import { postWebhook } from './post-webhook.ts'

export interface PublicAppOptions {
  readonly health: LookAtHealth
  readonly metrics: Metrics
  readonly intake: MailIntake
  /** Who may post mail; nobody when empty. */
  readonly tokens: readonly NamedToken[]
  readonly maxMessageBytes: number
  /** By the name in `/webhooks/<name>`. */
  readonly webhooks: ReadonlyMap<string, WebhookEndpoint>
  readonly log: Logger
}

function refuseMethod(c: Context, allowed: string): Response {
  c.header('Allow', allowed)
  return refuse(c, answerError(405, 'WEB_METHOD'))
}

/** What strangers can reach. `signal` stops what requests have begun. */
export function createPublicApp(options: PublicAppOptions, signal: AbortSignal): Hono<NodeEnv> {
  const app = new Hono<NodeEnv>()
  const posting = { ...options, ownerOf: createTokenBook(options.tokens) }

  app.use(measureRequests('public', options.metrics))
  app.use(async (c, next) => {
    await next()
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  })
  app.get('/health/live', answerLive)
  app.get('/health', async (c) => answerHealth(c, await options.health()))
  app.all('/health/live', (c) => refuseMethod(c, 'GET, HEAD'))
  app.all('/health', (c) => refuseMethod(c, 'GET, HEAD'))
  app.post('/api/v1/messages', (c) => postMessage(c, posting, signal))
  app.all('/api/v1/messages', (c) => refuseMethod(c, 'POST'))
  app.post('/webhooks/:name', (c) =>
    postWebhook(c, options.webhooks.get(c.req.param('name')) ?? null, signal),
  )
  app.notFound((c) => refuse(c, answerError(404, 'WEB_NOT_FOUND')))
  app.onError((error, c) => refuse(c, answerFault(error, c.req.path, options.log)))
  return app
}
