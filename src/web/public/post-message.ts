import type { Context } from 'hono'
import { answerError } from '../answer-error.ts'
import type { Metrics } from '../metrics.ts'
import type { MailIntake } from '../ports.ts'
import { readBody } from '../read-body.ts'
import { bearerToken, type TokenBook } from '../token-book.ts'
import { refuse } from './answer-json.ts'

export interface PostMessageOptions {
  readonly intake: MailIntake
  readonly ownerOf: TokenBook
  readonly maxMessageBytes: number
  readonly metrics: Metrics
}

/**
 * `POST /api/v1/messages`: the bytes of one mail. 201 when it is durable, 200 when the same bytes were known. The
 * token is looked at before the body is read.
 */
export async function postMessage(
  c: Context,
  { intake, ownerOf, maxMessageBytes, metrics }: PostMessageOptions,
  signal: AbortSignal,
): Promise<Response> {
  const token = bearerToken(c.req.header('authorization'))
  const owner = token === null ? null : ownerOf(token)
  if (owner === null) {
    return refuse(c, answerError(401, 'WEB_TOKEN'))
  }
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'message/rfc822' || c.req.header('content-encoding') !== undefined) {
    return refuse(c, answerError(415, 'WEB_BODY_TYPE'))
  }
  const body = await readBody(c.req.raw, maxMessageBytes)
  if (body.outcome === 'too-large') {
    const message = `The mail is larger than ${maxMessageBytes} bytes.`
    return refuse(c, answerError(413, 'WEB_BODY_TOO_LARGE', message))
  }
  if (body.bytes.byteLength === 0) {
    return refuse(c, answerError(400, 'WEB_BODY_EMPTY'))
  }
  const from = { source: 'http', location: `http (${owner})` }
  const taken = await intake.take(body.bytes, from, signal)
  metrics.countEvent('mail-posted', taken.outcome)
  return c.json(taken, taken.outcome === 'known' ? 200 : 201)
}
