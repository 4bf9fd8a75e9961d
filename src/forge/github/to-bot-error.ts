import { BotError } from '../../core/bot-error.ts'

interface Refusal {
  readonly status: number
  /** What GitHub said, with the particulars of a validation. */
  readonly message: string
}

function readRefusal(error: unknown): Refusal | null {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') {
    return null
  }
  const hasAnswer = 'response' in error && error.response !== undefined
  return { status: hasAnswer ? error.status : 0, message: readMessage(error) }
}

/** Of GitHub's two forms of error: `{message}`, and `{message, errors: [{message} | {field, code} | text]}`. */
function readMessage(error: Error): string {
  const data: unknown =
    'response' in error && isRecord(error.response) ? error.response['data'] : null
  if (!isRecord(data) || typeof data['message'] !== 'string') {
    return error.message
  }
  const errors: readonly unknown[] = Array.isArray(data['errors']) ? data['errors'] : []
  const parts = errors.map((one) => {
    if (!isRecord(one)) {
      return String(one)
    }
    const { message, field, code } = one
    return typeof message === 'string' ? message : `${String(field)} ${String(code)}`
  })
  return [data['message'], ...parts].join(': ')
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/**
 * What a request to GitHub failed by, as a FORGE_* fault with GitHub's own words. `what` names the request. A BotError stays
 * what it is; `details.status` is the HTTP status.
 */
export function toBotError(error: unknown, what: string): unknown {
  if (error instanceof BotError) {
    return error
  }
  if (error instanceof Error && error.cause instanceof BotError) {
    return error.cause
  }
  const refusal = readRefusal(error)
  if (refusal === null) {
    return error
  }
  const { status, message } = refusal
  const said = `${what}: ${status === 0 ? '' : `${status} `}${message}`
  // The error of the package holds the whole request, so it is no cause to keep.
  const details = { status, said: message }
  if (status === 0 || status >= 500) {
    return new BotError('FORGE_UNREACHABLE', said, { retry: 'later', details })
  }
  if (status === 401 || status === 403 || status === 451) {
    return new BotError('FORGE_FORBIDDEN', said, { retry: 'after-human', details })
  }
  if (status === 404 || status === 410) {
    return new BotError('FORGE_NOT_FOUND', said, { retry: 'after-human', details })
  }
  return new BotError('FORGE_BAD_REQUEST', said, { retry: 'never', details })
}

/** Gives `value` in place of a fault of this code; all others pass. */
export function instead<T>(code: string, value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof BotError && error.code === code) {
      return value
    }
    throw error
  }
}

/** Whether GitHub refused a request because of what it held, saying something like this. */
export function isRefused(error: unknown, pattern: RegExp): error is BotError {
  return (
    error instanceof BotError &&
    error.code === 'FORGE_BAD_REQUEST' &&
    pattern.test(String(error.details['said']))
  )
}
