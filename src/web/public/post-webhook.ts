import type { Context } from 'hono'
import { BotError } from '../../core/bot-error.ts'
import { answerError } from '../answer-error.ts'
import type { WebhookEndpoint } from '../ports.ts'
import { readBody } from '../read-body.ts'
import { refuse } from './answer-json.ts'

/** GitHub sends at most this much; others less. */
const maxWebhookBytes = 25 * 1024 * 1024

/**
 * `POST /webhooks/<name>`: 202 when what it hints at is durable, 200 when it is of no use or came before, 400 when it is not JSON, 403
 * when it is forged.
 */
export async function postWebhook(
  c: Context,
  endpoint: WebhookEndpoint | null,
  signal: AbortSignal,
): Promise<Response> {
  if (endpoint === null) {
    return refuse(c, answerError(404, 'WEB_WEBHOOK'))
  }
  const body = await readBody(c.req.raw, maxWebhookBytes)
  if (body.outcome === 'too-large') {
    return refuse(c, answerError(413, 'WEB_BODY_TOO_LARGE'))
  }
  try {
    const outcome = await endpoint.receive(c.req.header(), body.bytes, signal)
    return c.json({ outcome }, outcome === 'taken' ? 202 : 200)
  } catch (error) {
    if (error instanceof BotError && error.code === 'FORGE_WEBHOOK_SIGNATURE') {
      return refuse(c, answerError(403, 'WEB_WEBHOOK_REFUSED'))
    }
    if (error instanceof BotError && error.code === 'FORGE_WEBHOOK_BODY') {
      return refuse(c, answerError(400, 'WEB_WEBHOOK_BODY'))
    }
    throw error
  }
}
