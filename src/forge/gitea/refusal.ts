import { BotError, type Retry } from '../../core/bot-error.ts'

interface Kind {
  readonly code: string
  readonly retry: Retry
}

const forbidden: Kind = { code: 'FORGE_FORBIDDEN', retry: 'after-human' }
const away: Kind = { code: 'FORGE_UNREACHABLE', retry: 'later' }

/** Of the statuses that mean more than that the request was bad: 413 a full quota, 423 an archived repository. */
const kinds: Readonly<Record<number, Kind>> = {
  401: forbidden,
  403: forbidden,
  404: { code: 'FORGE_NOT_FOUND', retry: 'after-human' },
  408: away,
  413: forbidden,
  423: forbidden,
  429: { code: 'FORGE_RATE_LIMITED', retry: 'later' },
}

function kindOf(status: number): Kind {
  return kinds[status] ?? (status < 500 ? { code: 'FORGE_BAD_REQUEST', retry: 'never' } : away)
}

const maxSaidLength = 300
const shortestWaitMs = 60_000

/** The fault that an answer other than 2xx stands for. `text`: its body. */
export function refusalOf(
  method: string,
  url: URL,
  response: Response,
  text: string,
  now: Date,
): BotError {
  const { status } = response
  const { code, retry } = kindOf(status)
  const said = saidIn(text)
  const where = `${method} ${url.pathname}`
  const details = { status, path: url.pathname }
  return new BotError(code, `${where} was answered with ${status}${said && `: ${said}`}`, {
    retry,
    details:
      code === 'FORGE_RATE_LIMITED' ? { ...details, resetAt: resetAt(response, now) } : details,
  })
}

/** The fault of a server that did not answer at all. */
export function unreachable(method: string, url: URL, cause: unknown): BotError {
  return new BotError('FORGE_UNREACHABLE', `${method} ${url.origin}${url.pathname} has no answer`, {
    retry: 'later',
    details: { path: url.pathname },
    cause,
  })
}

function saidIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown }
    return typeof message === 'string' ? message.slice(0, maxSaidLength) : ''
  } catch {
    return ''
  }
}

/** `Retry-After` is seconds or a date (RFC 9110); a minute where there is none. */
function resetAt(response: Response, now: Date): Date {
  const said = response.headers.get('retry-after') ?? ''
  if (/^\d+$/.test(said)) {
    return new Date(now.getTime() + Number(said) * 1000)
  }
  const date = new Date(said)
  return Number.isNaN(date.getTime()) ? new Date(now.getTime() + shortestWaitMs) : date
}
