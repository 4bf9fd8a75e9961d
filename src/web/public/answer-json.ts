import type { Context } from 'hono'
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

/** What anybody may know: which checks are not well, in one sentence each. 503 where one is failing. */
export function answerHealth(c: Context, { level, findings, at }: Health): Response {
  const problems = findings
    .filter((finding) => finding.level !== 'ok')
    .map(({ check, level: found, message, remedy }) => ({ check, level: found, message, remedy }))
  return c.json({ status: level, at, problems }, level === 'failing' ? 503 : 200)
}
