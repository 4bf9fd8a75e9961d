import type { Context } from 'hono'
import { conditionKinds } from '../../core/watch/condition.ts'
import type { AnswerError } from '../answer-error.ts'
import type { Health } from '../health.ts'

const retryAfterSeconds = 60

/** An error as JSON: code, message, remedy. */
export function refuse(c: Context, error: AnswerError): Response {
  if (error.status === 401) {
    c.header('WWW-Authenticate', 'Bearer realm="patchferry"')
  }
  if (error.status === 503) {
    c.header('Retry-After', String(retryAfterSeconds))
  }
  const { status, code, message, remedy } = error
  return c.json({ code, message, remedy }, status)
}

/** What anybody may know: what is bad, in one sentence each, and what to do. 503 where anything is. */
export function answerHealth(c: Context, { state, conditions, at }: Health): Response {
  const problems = conditions
    .filter((one) => one.state === 'bad')
    .map(({ id: condition, subject, since, message, value, limit, remedy }) => ({
      condition,
      subject,
      since,
      message,
      value,
      unit: conditionKinds[condition].unit,
      limit,
      remedy,
    }))
  return c.json({ status: state, at, problems }, state === 'bad' ? 503 : 200)
}

/** That the process answers, whatever it finds: for what would start it again. */
export function answerLive(c: Context): Response {
  return c.json({ status: 'live' })
}
