import type { Context } from 'hono'
import { BotError } from '../../core/bot-error.ts'
import type { ForgeEvent } from '../../core/forge-event.ts'
import { answerError } from '../answer-error.ts'
import type { WebhookEndpoint } from '../ports.ts'
import { readBody } from '../read-body.ts'
import { refuse } from './answer-json.ts'

/** GitHub sends at most this much; others less. */
const maxWebhookBytes = 25 * 1024 * 1024

/** `forged` where the signature is wrong. */
async function readEvent(
  endpoint: WebhookEndpoint,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Promise<ForgeEvent | 'forged' | null> {
  try {
    return await endpoint.read(headers, body)
  } catch (error) {
    if (error instanceof BotError && error.code === 'FORGE_WEBHOOK_SIGNATURE') {
      return 'forged'
    }
    throw error
  }
}

/** `POST /webhooks/<name>`: 202 when the event is durable, 200 when it is of no use. */
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
  const event = await readEvent(endpoint, c.req.header(), body.bytes)
  if (event === 'forged') {
    return refuse(c, answerError(403, 'WEB_WEBHOOK_REFUSED'))
  }
  if (event === null) {
    return c.json({ outcome: 'ignored' }, 200)
  }
  await endpoint.take(event, signal)
  return c.json({ outcome: 'taken' }, 202)
}
